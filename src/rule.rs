//! What a rule is. Each rule lives in one file of [`crate::rules`]: documentation, declaration, check, description, test.
//!
//! A rule states how it decides by choosing the variant of [`Decide`] that gives it exactly what it needs to see.

use crate::engine::context::Context;
use crate::engine::customer::{CustomerMarks, Span};
use crate::engine::entries::ChannelNumber;
use crate::engine::sends::decision::Planned;
use crate::engine::sends::situation::{Ruling, Situation, Unknowns};
use crate::engine::window::Evidence;
use crate::files::{Concern, ScannedFile};
use crate::findings::marks::Marks;
use crate::findings::notes::{HeaderVerdict, Note};
use crate::fixes::Fix;
use crate::model::objects::Table;
use crate::model::picklists::Pick;
use crate::tables::batch::Batch;
use crate::tables::channels::ChannelRow;
use crate::tables::headers::Headers;
use crate::tables::sends::SendRow;
use crate::tables::sessions::{Session, Sessions};
use crate::tables::users::{User, Users};
use crate::tables::whatsapp::NumberForm;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Salesforce refuses the record, or the article says that the action is impossible.
    Error,
    /// It loads, but will not work as its owner thinks.
    Warning,
    /// Worth knowing.
    Info,
}

impl Severity {
    /// The name that users write.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }

    /// The severity with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Error, Self::Warning, Self::Info].into_iter().find(|severity| severity.name() == name)
    }
}

/// What a rule says of a record. The lowest bit is set when it decided, the next one when the record failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Verdict {
    /// The rule does not apply, or something that it needs is unknown.
    Undecided = 0b00,
    /// As it should be.
    Pass = 0b01,
    /// A finding.
    Fail = 0b11,
}

impl Verdict {
    /// Decided, one way or the other.
    #[must_use]
    pub const fn fail_if(failed: bool) -> Self {
        if failed { Self::Fail } else { Self::Pass }
    }
}

/// A message about one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// The first offending field.
    pub field: usize,
    /// One sentence: what was found, what was expected, what it means for the load.
    pub message: String,
    /// What mends it, where that is certain.
    pub fix: Option<Fix>,
    /// The other record, where it is of another table.
    pub related: Option<Related>,
}

impl Description {
    /// A description without a fix.
    #[must_use]
    pub fn new(field: usize, message: impl Into<String>) -> Self {
        Self { field, message: message.into(), fix: None, related: None }
    }

    /// The same with a fix, if there is one.
    #[must_use]
    pub fn fixed_by(self, fix: Option<Fix>) -> Self {
        Self { fix, ..self }
    }
}

/// The other record of a duplicate or conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// Its record number, unless it is in `existing_users`.
    pub row: Option<u32>,
    /// Its Id as given.
    pub id: Option<String>,
}

impl Related {
    /// How a message refers to it.
    #[must_use]
    pub fn label(&self) -> String {
        match (self.row, &self.id) {
            (Some(row), Some(id)) => format!("record {row} ({id})"),
            (Some(row), None) => format!("record {row}"),
            (None, Some(id)) => format!("{id}, which is in the org already"),
            (None, None) => "a record that is in the org already".to_owned(),
        }
    }
}

/// What a description may draw on besides the record.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// Clock, policy, channels.
    pub context: &'a Context,
    /// The other record, for rules that compare records.
    pub related: Option<&'a Related>,
}

impl Case<'_> {
    /// How a message refers to the other record.
    #[must_use]
    pub fn other(&self) -> String {
        match self.related {
            Some(Related { row: Some(_), id }) if !self.context.numbered => {
                id.clone().unwrap_or_else(|| "another record".to_owned())
            }
            Some(related) => related.label(),
            None => "another record".to_owned(),
        }
    }
}

/// What identifies records that must differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// The record's Id.
    Id,
    /// Channel and platform key.
    Address,
    /// Channel and WhatsApp number, where one has the other of the two forms that its country's numbers have.
    Variant,
}

/// A session, as far as rules about its customer need it.
#[derive(Debug, Clone, Copy)]
pub struct JoinedSession {
    /// Whether it has not ended.
    pub live: bool,
    /// The channel's key, or none.
    pub channel: ChannelNumber,
}

/// The customer of a session, as far as rules need it.
#[derive(Debug, Clone, Copy)]
pub struct JoinedUser {
    /// The channel's number, or none.
    pub channel: ChannelNumber,
    /// MessagingConsentStatus.
    pub consent: Pick,
}

/// Which records a rule has to see together to say what it says of all of them. Whoever parts the data, as a cluster does,
/// keeps these together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// One record and the channels.
    Record,
    /// The records of one table that have one Id.
    Id,
    /// The users, those in the org included, that are one customer on one channel.
    Address,
    /// A customer and all its sessions.
    Customer,
    /// All users; what counts of them is counted beforehand.
    Channel,
    /// All planned sends and all that is known of their customers.
    Send,
    /// The table's headers, or the bytes of its files.
    Source,
}

impl Scope {
    /// The name by which it is known outside.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Id => "id",
            Self::Address => "address",
            Self::Customer => "customer",
            Self::Channel => "channel",
            Self::Send => "send",
            Self::Source => "source",
        }
    }
}

/// How a rule decides.
pub enum Decide {
    /// From one channel record.
    Channels(fn(&Batch, &Context, &mut Marks<'_>)),
    /// From one user.
    Users(fn(&Users<'_>, &Context, &mut Marks<'_>)),
    /// From one session.
    Sessions(fn(&Sessions<'_>, &Context, &mut Marks<'_>)),
    /// Every record after the first of one identity fails.
    First(Identity),
    /// From one user: the form of its number. Within each channel, users with the rarer form fail.
    Rarer(fn(User<'_>) -> Option<NumberForm>),
    /// From one user, and again from the user's sessions when its own last message is missing.
    Window(fn(&Users<'_>, &Context, &mut Marks<'_>), fn(&Evidence, &Context) -> Verdict),
    /// From one session and its customer, if that is among the users.
    Joined(fn(&JoinedSession, Option<&JoinedUser>) -> Verdict),
    /// From all sessions of one customer, ordered by StartTime and row.
    Customer(fn(&[Span], &mut CustomerMarks<'_>)),
    /// From one planned send and all that is known about its customer.
    Send(fn(&Situation<'_>) -> Ruling),
    /// From all planned sends to one customer, ordered by SendTime and row.
    Rivals(fn(&[Planned], &Context, &mut CustomerMarks<'_>)),
    /// From one planned send and what the other rules could not find out, once they did not block it.
    Undetermined(fn(&Situation<'_>, Unknowns) -> Ruling),
    /// From the bytes of a CSV file as a whole.
    File(fn(&ScannedFile) -> Option<Note>),
    /// From the bytes of each record of a CSV file.
    Faults(Concern),
    /// From the headers of a table.
    Header(fn(&Headers, &Context) -> HeaderVerdict),
    /// The verdicts come with the data, in a column of their own.
    Given,
}

/// How a finding is put into words.
pub enum Describe {
    /// A channel.
    Channel(fn(ChannelRow<'_>, &Case<'_>) -> Description),
    /// A user.
    User(fn(User<'_>, &Case<'_>) -> Description),
    /// A session.
    Session(fn(Session<'_>, &Case<'_>) -> Description),
    /// A planned send, with what its rules could not find out.
    Send(DescribeSend),
    /// In words since it was found: it is not about the values of a record.
    Noted,
    /// Any record, always in the words of the rule's documentation.
    Summary,
}

/// Describes a planned send.
pub type DescribeSend = fn(SendRow<'_>, &Situation<'_>, Unknowns, &Case<'_>) -> Description;

/// What a rule cannot do without.
#[derive(Debug, Clone, Copy)]
pub enum Need {
    /// A column.
    Column(Table, usize),
    /// At least this many of some columns.
    Columns(Table, usize, &'static [usize]),
    /// At least one of some columns that holds Salesforce Ids, not keys of another system.
    Ids(Table, &'static [usize]),
    /// Anything else: gives the reason when it is not met.
    Other(fn(&Context) -> Result<(), String>),
}

/// A rule.
pub struct Rule {
    /// The code, never used again for anything else.
    pub code: &'static str,
    /// The name.
    pub name: &'static str,
    /// The tables whose records it judges; the first one is the table that the rule is about.
    pub tables: &'static [Table],
    /// How much a finding weighs unless the owner says otherwise.
    pub severity: Severity,
    /// The same for data that is to be loaded (insert, update, upsert), where that differs.
    pub severity_of_load: Option<Severity>,
    /// Whether it runs unless deselected.
    pub default: bool,
    /// What it cannot do without.
    pub needs: &'static [Need],
    /// The release that brought it.
    pub since: &'static str,
    /// The documentation in Markdown; its first paragraph is the summary.
    pub doc: &'static str,
    /// How it decides.
    pub decide: Decide,
    /// Which records it has to see together, where that does not follow from how it decides.
    pub scope: Option<Scope>,
    /// How a finding is put into words.
    pub describe: Describe,
}

impl Rule {
    /// What a declaration may leave out.
    pub const DEFAULTS: Self = Self {
        code: "",
        name: "",
        tables: &[],
        severity: Severity::Error,
        severity_of_load: None,
        default: true,
        needs: &[],
        since: "",
        doc: "",
        decide: Decide::Faults(Concern::Quoting),
        scope: None,
        describe: Describe::Noted,
    };

    /// Which records it has to see together.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope.unwrap_or(match self.decide {
            Decide::Channels(_) | Decide::Users(_) | Decide::Sessions(_) | Decide::Given => Scope::Record,
            Decide::First(Identity::Id) => Scope::Id,
            Decide::First(Identity::Address | Identity::Variant) => Scope::Address,
            Decide::Rarer(_) => Scope::Channel,
            Decide::Window(..) | Decide::Joined(_) | Decide::Customer(_) => Scope::Customer,
            Decide::Send(_) | Decide::Rivals(_) | Decide::Undetermined(_) => Scope::Send,
            Decide::File(_) | Decide::Faults(_) | Decide::Header(_) => Scope::Source,
        })
    }

    /// Whether it judges the source of a table, its bytes or headers, and not its values.
    #[must_use]
    pub const fn is_about_sources(&self) -> bool {
        matches!(self.decide, Decide::File(_) | Decide::Faults(_) | Decide::Header(_))
    }

    /// The table that the rule is about.
    #[must_use]
    pub const fn table(&self) -> Table {
        self.tables[0]
    }

    /// The first paragraph of the documentation in one line.
    #[must_use]
    pub fn summary(&self) -> String {
        let lines = self.doc.lines().map(str::trim).skip_while(|line| line.is_empty());
        lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// Whether it judges planned sends, each with all that is known about its customer.
    #[must_use]
    pub const fn is_about_sends(&self) -> bool {
        matches!(self.decide, Decide::Send(_) | Decide::Rivals(_) | Decide::Undetermined(_))
    }

    /// Whether its verdict is final once the record's own batch was decoded.
    #[must_use]
    pub const fn is_row_rule(&self) -> bool {
        matches!(self.decide, Decide::Channels(_) | Decide::Users(_) | Decide::Sessions(_) | Decide::Given)
    }
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.code, self.name)
    }
}

/// Declares the rule of a file: the doc comment is its documentation.
#[macro_export]
macro_rules! declare_rule {
    ($(#[doc = $doc:literal])+ $($field:ident: $value:expr),+ $(,)?) => {
        $(#[doc = $doc])+
        pub static RULE: $crate::rule::Rule = $crate::rule::Rule {
            doc: concat!($($doc, "\n"),+),
            $($field: $value,)+
            ..$crate::rule::Rule::DEFAULTS
        };
    };
}

/// What most rule files need.
pub mod prelude {
    pub use super::{
        Case, Decide, Describe, Description, Identity, JoinedSession, JoinedUser, Need, Scope,
        Severity::{Error, Info, Warning},
        Verdict::{self, Fail, Pass, Undecided},
    };
    pub use crate::declare_rule;
    pub use crate::engine::context::Context;
    pub use crate::engine::customer::{CustomerMarks, Span};
    pub use crate::engine::sends::situation::{Customer, Link, Ruling, Situation, Unknowns};
    pub use crate::engine::window::{Evidence, Window};
    pub use crate::files::{Concern, ScannedFile};
    pub use crate::findings::notes::{HeaderVerdict, Note};
    pub use crate::model::channel::{Coverage, Kind};
    pub use crate::model::objects::Table::{Channels, ExistingUsers, Sends, Sessions, Users};
    pub use crate::model::objects::{Table, channel, send, session, user};
    pub use crate::tables::batch::Batch;
    pub use crate::tables::channels::ChannelRow;
    pub use crate::tables::headers::{Header, Headers};
    pub use crate::tables::id::State;
    pub use crate::tables::sessions::Session;
    pub use crate::tables::users::{PlatformKey, User};
    pub use crate::tables::{bind::Form, phone, timestamp};
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RULES;

    #[test]
    fn severities_have_names() {
        for (severity, name) in [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Info, "info")] {
            assert_eq!((severity.name(), Severity::named(name)), (name, Some(severity)));
        }
        assert_eq!(Severity::named("Error"), None);
    }

    #[test]
    fn another_record_is_called_by_its_number_where_there_are_numbers() {
        let mut context = Context::new(0, crate::policy::Policy::default(), crate::policy::Operation::Audit);
        let ours = Related { row: Some(7), id: Some("0PA000000000001".to_owned()) };
        let in_org = Related { row: None, id: ours.id.clone() };
        let mut said = Vec::new();
        for numbered in [true, false] {
            context.numbered = numbered;
            let call = |related| Case { context: &context, related }.other();
            said.push([Some(&ours), Some(&in_org), None].map(call));
        }
        assert_eq!(
            said[0],
            ["record 7 (0PA000000000001)", "0PA000000000001, which is in the org already", "another record"]
        );
        assert_eq!(said[1], ["0PA000000000001", "0PA000000000001, which is in the org already", "another record"]);
    }

    #[test]
    fn every_rule_has_the_scope_that_a_cluster_parts_data_by() {
        let scope = |code: &str| {
            let rule = RULES.iter().find(|rule| rule.code == code).unwrap();
            (rule.scope().name(), rule.is_row_rule(), rule.is_about_sources(), rule.is_about_sends())
        };
        for (code, name) in [("C102", "record"), ("U101", "record"), ("S403", "record")] {
            assert_eq!(scope(code), (name, true, false, false), "{code}");
        }
        for (code, name) in [("U205", "id"), ("U206", "address"), ("S102", "customer"), ("W101", "customer")] {
            assert_eq!(scope(code), (name, false, false, false), "{code}");
        }
        for code in ["F103", "H101"] {
            assert_eq!(scope(code), ("source", false, true, false), "{code}");
        }
        assert_eq!(scope("P101"), ("send", false, false, true));
        assert_eq!(format!("{:?}", RULES.iter().find(|rule| rule.code == "U101").unwrap()), "U101 phone-not-e164");
    }
}
