//! Planned sends and what the other tables tell about their customers.
//!
//! Sends are read before users and sessions, so only the records that some send is about are kept: memory follows the
//! number of planned sends, not the size of the org.

pub mod decision;
pub mod situation;

use super::context::Context;
use super::customer::Span;
use super::entries::{ChannelNumber, HeldSession};
use crate::model::channel::{Coverage, Kind};
use crate::model::objects::{Table, send, session, user};
use crate::model::picklists::Pick;
use crate::tables::id::State;
use crate::tables::key::{Key, KeyMap};
use crate::tables::sends::Plan;
use crate::tables::timestamp::Time;
use crate::tables::users::{PlatformKey, User};
use decision::Judgement;
use situation::{Customer, Link, Sessions, Situation};

/// A user that some send is about.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// Its Id.
    pub id: Key,
    /// Channel and platform key.
    pub address: Key,
    /// Whether it comes from `existing_users`.
    pub in_org: bool,
    /// The key of its channel.
    pub channel: Key,
    /// Whether it names no channel at all.
    pub unlinked: bool,
    /// Its kind and coverage as far as its own MessageType tells.
    pub own: (Kind, Coverage),
    /// How its platform key was read.
    pub platform_key: PlatformKey,
    /// MessagingConsentStatus.
    pub consent: Pick,
    /// CreatedDate.
    pub created: Time,
    /// LastInboundMessageTime.
    pub last_message: Time,
}

/// Live sessions of one owner.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    /// All of them.
    pub live: u64,
    /// Those that use capacity now: Status Active.
    pub active: u64,
}

impl Load {
    const fn add(&mut self, session: &Span) {
        self.live += 1;
        self.active += session.active as u64;
    }
}

/// The users that sends are about, of one table.
#[derive(Debug, Clone, Default)]
struct Users {
    records: Vec<Known>,
    by_id: KeyMap<u32>,
    by_address: KeyMap<u32>,
}

impl Users {
    /// Adds a user, to be found by the Ids and addresses that sends name.
    fn add(&mut self, known: Known, ids: &KeyMap<()>, addresses: &KeyMap<()>) {
        let at = u32::try_from(self.records.len()).unwrap_or(u32::MAX);
        let by = [(known.id, ids, &mut self.by_id), (known.address, addresses, &mut self.by_address)];
        for (key, asked, places) in by {
            if asked.contains_key(&key) {
                places.entry(key).or_insert(at);
            }
        }
        self.records.push(known);
    }

    fn find(&self, key: Key, by_address: bool) -> Option<&Known> {
        let places = if by_address { &self.by_address } else { &self.by_id };
        places.get(&key).and_then(|at| self.records.get(*at as usize))
    }
}

/// The planned sends of a finished check.
#[derive(Debug, Clone)]
pub struct Planning {
    /// The sends and all that is known about their customers.
    pub book: Book,
    /// What the rules said of them.
    pub judgement: Judgement,
    /// OwnerIds as given, where they are keys of another system.
    pub owners: KeyMap<String>,
}

/// All planned sends, and the customers, sessions and reps that they touch.
#[derive(Debug, Clone, Default)]
pub struct Book {
    plans: Vec<Plan>,
    ids: KeyMap<()>,
    addresses: KeyMap<()>,
    users: Users,
    existing: Users,
    sessions: KeyMap<Sessions>,
    loads: KeyMap<Load>,
}

impl Book {
    /// A book of planned sends in order of rows.
    #[must_use]
    pub fn new(plans: Vec<Plan>) -> Self {
        let some = |key: &Key| key.is_some();
        let ids = plans.iter().map(|plan| plan.user.key).filter(some).map(|key| (key, ())).collect();
        let addresses = plans.iter().map(|plan| plan.address).filter(some).map(|key| (key, ())).collect();
        Self { plans, ids, addresses, ..Self::default() }
    }

    /// The planned sends, in order of rows.
    #[must_use]
    pub fn plans(&self) -> &[Plan] {
        &self.plans
    }

    /// What is kept of a user, if some send is about it.
    #[must_use]
    pub fn known(&self, user: User<'_>) -> Option<Known> {
        let (batch, row) = (user.batch(), user.row);
        let (id, address) = (batch.id(user::ID, row).key, user.address());
        if !self.ids.contains_key(&id) && !self.addresses.contains_key(&address) {
            return None;
        }
        let kind = Kind::of(batch.pick(user::MESSAGE_TYPE, row), Pick::MISSING);
        Some(Known {
            id,
            address,
            in_org: batch.table() == Table::ExistingUsers,
            channel: user.link().key,
            unlinked: user.link().state == State::Missing,
            own: (kind, kind.coverage(Pick::MISSING)),
            platform_key: user.platform_key(),
            consent: batch.pick(user::CONSENT, row),
            created: batch.time(user::CREATED, row),
            last_message: batch.time(user::LAST_INBOUND, row),
        })
    }

    /// Adds users, in order of rows. Their sessions are wanted from now on.
    pub fn add_users(&mut self, users: Vec<Known>) {
        for known in users {
            let table = if known.in_org { &mut self.existing } else { &mut self.users };
            table.add(known, &self.ids, &self.addresses);
            if known.id.is_some() {
                self.ids.insert(known.id, ());
            }
        }
    }

    /// Whether some send is about this customer.
    #[must_use]
    pub fn wants_sessions_of(&self, customer: Key) -> bool {
        self.ids.contains_key(&customer)
    }

    /// Counts a live session for its owner.
    pub fn count(&mut self, session: &Span) {
        self.loads.entry(session.owner).or_default().add(session);
    }

    /// Takes the sessions of the customers, all at once.
    pub fn add_sessions(&mut self, sessions: &mut [HeldSession]) {
        sessions.sort_unstable_by_key(HeldSession::order);
        let customers = || sessions.chunk_by(|a, b| a.customer == b.customer);
        self.sessions.reserve(customers().count());
        for customer in customers() {
            let mut told = Sessions::default();
            customer.iter().for_each(|session| told.add(session));
            self.sessions.insert(customer[0].customer, told);
        }
    }

    /// The live sessions of a rep.
    #[must_use]
    pub fn load(&self, owner: Key) -> Load {
        self.loads.get(&owner).copied().unwrap_or_default()
    }

    /// Everything that decides about a planned send.
    #[must_use]
    pub fn situation<'a>(&'a self, plan: &'a Plan, context: &'a Context) -> Situation<'a> {
        let channel = plan.channel.and_then(|at| context.channels.get(at));
        let of_channel = channel.filter(|channel| channel.kind != Kind::Unknown);
        let kind = of_channel.map_or(Kind::Unknown, |channel| channel.kind);
        let customer = self.customer(plan, context);
        let link = match customer {
            Customer::Found(known) => link_of(plan, known, kind, context),
            Customer::Absent => Link::Not,
            Customer::Unknown => Link::Unknown,
        };
        let (kind, coverage) = match (of_channel, customer) {
            (Some(channel), _) => (channel.kind, channel.coverage),
            (None, Customer::Found(known)) if link == Link::Linked => known.own,
            _ => (Kind::Unknown, Coverage::Unknown),
        };
        let key = match customer {
            Customer::Found(known) => known.id,
            Customer::Absent | Customer::Unknown => plan.user.key,
        };
        let named_by = if plan.user.key.is_some() { (Table::Sends, send::USER) } else { home(customer) };
        let sessions = if key.is_some() {
            let known = context.same_keys(named_by, (Table::Sessions, session::USER));
            known.then(|| self.sessions.get(&key).copied().unwrap_or_default())
        } else {
            // No session can name a customer without an Id.
            (!matches!(customer, Customer::Unknown)).then(Sessions::default)
        };
        Situation { context, plan, customer, link, sessions, channel, kind, coverage }
    }

    fn customer<'a>(&'a self, plan: &Plan, context: &Context) -> Customer<'a> {
        let kind = plan.channel.and_then(|at| context.channels.get(at)).map_or(Kind::Unknown, |channel| channel.kind);
        let by_phone = !plan.user.key.is_some();
        let key = if by_phone { plan.address } else { plan.user.key };
        let decidable = if by_phone {
            plan.user.state == State::Missing && key.is_some() && matches!(kind, Kind::Sms | Kind::WhatsApp)
        } else {
            context.user_ids_known
        };
        if !decidable {
            return Customer::Unknown;
        }
        let answers = |table: Table| {
            context.given(table) && (by_phone || context.same_keys((table, user::ID), (Table::Sends, send::USER)))
        };
        let tables = [(Table::Users, &self.users), (Table::ExistingUsers, &self.existing)];
        let mut asked = tables.into_iter().filter(|(table, _)| answers(*table)).peekable();
        if asked.peek().is_none() {
            return Customer::Unknown;
        }
        asked.find_map(|(_, users)| users.find(key, by_phone)).map_or(Customer::Absent, Customer::Found)
    }
}

/// Where the Id of a customer that was found by phone is.
const fn home(customer: Customer<'_>) -> (Table, usize) {
    match customer {
        Customer::Found(known) if known.in_org => (Table::ExistingUsers, user::ID),
        _ => (Table::Users, user::ID),
    }
}

fn link_of(plan: &Plan, known: &Known, kind: Kind, context: &Context) -> Link {
    let table = if known.in_org { Table::ExistingUsers } else { Table::Users };
    if known.unlinked && context.has(table, user::CHANNEL) {
        return match kind {
            Kind::Unknown => Link::Unknown,
            Kind::Sms => Link::Linked,
            _ => Link::Not,
        };
    }
    let number = |key: Key, table: Table, field: usize| {
        let form = context.binding(table).and_then(|binding| binding.column(field)).map(|column| column.form);
        ChannelNumber::form_of(key, form)
    };
    let forms = (number(plan.channel_key, Table::Sends, send::CHANNEL), number(known.channel, table, user::CHANNEL));
    if plan.channel_key.is_some() && known.channel.is_some() && forms.0 == forms.1 {
        if plan.channel_key == known.channel { Link::Linked } else { Link::Not }
    } else {
        Link::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::situation::{Customer, Link};
    use crate::model::channel::Kind;
    use crate::rules::testing::check;

    #[test]
    fn a_user_without_a_channel_is_linked_to_that_of_its_number() {
        let channels =
            "Id,MessageType,PlatformType\n0Mj000000000001,Text,Enhanced\n0Mj000000000002,WhatsApp,Enhanced\n";
        let users = "Id,MessagingPlatformKey,MessagingChannelId,MessageType\n0PA000000000001,+12345678900,,Text\n\
            0PA000000000002,+12345678901,0Mj000000000001,Text\n0PA000000000004,+12345678902,garbage,Text\n";
        let sends = "MessagingEndUserId,MessagingChannelId\n0PA000000000001,0Mj000000000001\n\
            0PA000000000001,0Mj000000000002\n0PA000000000001,0Mj000000000009\n0PA000000000002,0Mj000000000001\n\
            0PA000000000002,0Mj000000000009\n0PA000000000003,0Mj000000000001\n0PA000000000002,\n\
            0PA000000000004,0Mj000000000001\n";
        let found = check(&[("channels", channels), ("users", users), ("sends", sends)]);
        let (book, context) = (&found.outcome.planning().unwrap().book, found.outcome.context());
        let links: Vec<_> = book.plans().iter().map(|plan| book.situation(plan, context).link).collect();
        assert_eq!(
            links,
            [Link::Linked, Link::Not, Link::Unknown, Link::Linked, Link::Not, Link::Not, Link::Unknown, Link::Unknown]
        );
    }

    #[test]
    fn keys_of_different_systems_tell_nothing_of_a_link() {
        let users = "Id,MessagingPlatformKey,MessagingChannel.MasterLabel,MessageType\n0PA000000000001,+12345678900,Ours,Text\n";
        let sends = "MessagingEndUserId,MessagingChannelId\n0PA000000000001,0Mj000000000001\n";
        let found = check(&[("users", users), ("sends", sends)]);
        let book = &found.outcome.planning().unwrap().book;
        assert_eq!(book.situation(&book.plans()[0], found.outcome.context()).link, Link::Unknown);
    }

    #[test]
    fn without_channels_a_linked_user_tells_of_what_kind_its_channel_is() {
        let users = "Id,MessagingPlatformKey,MessagingChannelId,MessageType\n0PA000000000001,+12345678900,0Mj000000000001,Text\n";
        let sends =
            "MessagingEndUserId,MessagingChannelId\n0PA000000000001,0Mj000000000001\n0PA000000000001,0Mj000000000002\n";
        let found = check(&[("users", users), ("sends", sends)]);
        let (book, context) = (&found.outcome.planning().unwrap().book, found.outcome.context());
        let kinds: Vec<_> = book.plans().iter().map(|plan| book.situation(plan, context).kind).collect();
        assert_eq!(kinds, [Kind::Sms, Kind::Unknown]);
    }

    #[test]
    fn a_customer_is_found_by_phone_only_where_no_id_is_given_on_a_channel_of_phones() {
        let channels =
            "Id,MessageType,PlatformType\n0Mj000000000001,Text,Enhanced\n0Mj000000000002,Facebook,Enhanced\n";
        let users = "Id,MessagingPlatformKey,MessagingChannelId,MessageType\n0PA000000000001,+12345678900,0Mj000000000001,Text\n";
        let sends = "MessagingEndUserId,Phone,MessagingChannelId\n,+12345678900,0Mj000000000001\n\
            ,+12345678901,0Mj000000000001\ngarbage,+12345678900,0Mj000000000001\n,,0Mj000000000001\n\
            ,+12345678900,0Mj000000000002\n0PA000000000001,+12345678901,0Mj000000000001\n";
        let found = check(&[("channels", channels), ("users", users), ("sends", sends)]);
        let (book, context) = (&found.outcome.planning().unwrap().book, found.outcome.context());
        let customer = |plan| match book.situation(plan, context).customer {
            Customer::Found(_) => "found",
            Customer::Absent => "absent",
            Customer::Unknown => "unknown",
        };
        let customers: Vec<_> = book.plans().iter().map(customer).collect();
        assert_eq!(customers, ["found", "absent", "unknown", "unknown", "unknown", "found"]);
    }

    #[test]
    fn sessions_are_known_of_a_customer_of_the_org_that_a_phone_finds() {
        let users = "Id,MessagingPlatformKey,MessagingChannelId,MessageType\n0PA000000000001,+12345678900,0Mj000000000001,Text\n";
        let channels = "Id,MessageType,PlatformType\n0Mj000000000001,Text,Enhanced\n";
        let sends = "Phone,MessagingChannelId\n+12345678900,0Mj000000000001\n";
        let sessions = "MessagingEndUserId,Status\n0PA000000000001,Active\n";
        let live = |table| {
            let found = check(&[("channels", channels), (table, users), ("sends", sends), ("sessions", sessions)]);
            let book = &found.outcome.planning().unwrap().book;
            book.situation(&book.plans()[0], found.outcome.context()).sessions.map(|sessions| sessions.live)
        };
        assert_eq!((live("users"), live("existing_users")), (Some(true), Some(true)));
    }

    #[test]
    fn a_send_names_its_channel_by_label_too() {
        let channels = "Id,MessageType,PlatformType,MasterLabel\n0Mj000000000001,Text,Enhanced,Ours\n";
        let sends = "Phone,MessagingChannel.MasterLabel\n+12345678900,Ours\n+12345678900,Theirs\n";
        let found = check(&[("channels", channels), ("sends", sends)]);
        let book = &found.outcome.planning().unwrap().book;
        assert_eq!(book.plans().iter().map(|plan| plan.channel).collect::<Vec<_>>(), [Some(0), None]);
    }
}
