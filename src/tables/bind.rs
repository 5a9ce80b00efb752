//! Binding: which source column holds which Salesforce field. Nothing is guessed.

use std::collections::BTreeMap;

use arrow_schema::{DataType, Schema};

use crate::error::{Error, Result};
use crate::model::catalog::RESULT_COLUMNS;
use crate::model::objects::{Field, Table, Type, channel, send, session, user};
use crate::tables::id::Id;

/// The column that holds a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The header in the source.
    pub header: String,
    /// What its cells are.
    pub form: Form,
}

/// What the cells of a reference column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The field's own values.
    Plain,
    /// `MessagingChannel.MessagingPlatformKey`: looked up among the channels.
    ChannelKey,
    /// `MessagingChannel.MasterLabel`: looked up among the channels.
    ChannelLabel,
    /// Keys of another system: compared, never judged as Salesforce Ids.
    External,
}

/// The bound columns of one source, by position of the field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The table.
    pub table: Table,
    /// What the source is called in messages.
    pub source: String,
    columns: Vec<Option<Column>>,
}

/// Fields that must be there.
fn required(table: Table, channels_given: bool) -> &'static [usize] {
    match table {
        Table::Channels => &[channel::ID, channel::MESSAGE_TYPE],
        Table::Users if channels_given => &[user::PLATFORM_KEY, user::CHANNEL],
        Table::Users => &[user::PLATFORM_KEY, user::CHANNEL, user::MESSAGE_TYPE],
        Table::Sessions => &[session::USER, session::STATUS],
        Table::Sends => &[send::CHANNEL],
        Table::ExistingUsers => &[user::ID],
    }
}

impl Binding {
    /// Matches headers to fields without regard to case. `mapping` gives other headers by API name.
    ///
    /// # Errors
    /// A required field without a column, two columns for one field, a mapping that names an unknown field or an
    /// absent header, or a column whose type cannot hold its field.
    pub fn new(
        table: Table,
        source: &str,
        schema: &Schema,
        mapping: &BTreeMap<String, String>,
        channels_given: bool,
    ) -> Result<Self> {
        let headers: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let mapped = read_mapping(table, source, &headers, mapping)?;
        let (mut columns, mut absent) = (Vec::with_capacity(table.fields().len()), Vec::new());
        for (at, field) in table.fields().iter().enumerate() {
            let column = match mapped.get(&at) {
                Some(header) => Some(Column { header: (*header).to_owned(), form: form_of(header, field.kind) }),
                None => find(table, source, &headers, &mapped, field.name, field.kind)?,
            };
            if let Some(column) = &column {
                check_type(table, source, schema, column, field.name, field.kind)?;
            } else if required(table, channels_given).contains(&at) {
                absent.push(at);
            }
            columns.push(column);
        }
        if !absent.is_empty() {
            return Err(missing(table, source, &headers, &absent));
        }
        if table == Table::Sends && columns[send::USER].is_none() && columns[send::PHONE].is_none() {
            return Err(Error::Column(format!(
                "sends: {source}: no column for MessagingEndUserId or Phone, so nobody could be written to. {} If one has \
                 another name, say so with columns= (--map sends.MessagingEndUserId=...).",
                seen(&headers, "MessagingEndUserId")
            )));
        }
        Ok(Self { table, source: source.to_owned(), columns })
    }

    /// The column of a field.
    #[must_use]
    pub fn column(&self, field: usize) -> Option<&Column> {
        self.columns.get(field).and_then(Option::as_ref)
    }

    /// The field that a header is bound to.
    #[must_use]
    pub fn field(&self, header: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.as_ref().is_some_and(|column| column.header == header))
    }

    /// Whether a field has a column.
    #[must_use]
    pub fn has(&self, field: usize) -> bool {
        self.column(field).is_some()
    }

    /// Whether a field is held by keys that are no Salesforce Ids.
    #[must_use]
    pub fn is_external(&self, field: usize) -> bool {
        self.column(field).is_some_and(|column| column.form != Form::Plain)
    }

    /// The headers of all bound columns, in the order of the source.
    #[must_use]
    pub fn headers(&self, schema: &Schema) -> Vec<String> {
        let bound = |name: &String| self.columns.iter().flatten().any(|column| column.header == *name);
        schema.fields().iter().map(|field| field.name().clone()).filter(bound).collect()
    }
}

/// Field position by mapped header.
fn read_mapping<'a>(
    table: Table,
    source: &str,
    headers: &[&'a str],
    mapping: &BTreeMap<String, String>,
) -> Result<BTreeMap<usize, &'a str>> {
    let mut mapped = BTreeMap::new();
    for (name, header) in mapping {
        // Names that no rule looks at may be mapped too: a Data Loader mapping lists every field.
        let Some(at) = table.fields().iter().position(|field| field.name.eq_ignore_ascii_case(name)) else {
            continue;
        };
        let found = headers.iter().find(|seen| *seen == header);
        let found = found.or_else(|| headers.iter().find(|seen| seen.eq_ignore_ascii_case(header)));
        let Some(found) = found else {
            return Err(Error::Column(format!(
                "{}: {source}: {name} is mapped to the column '{}', which is not there. {}",
                table.name(),
                shorten(header),
                seen(headers, header)
            )));
        };
        mapped.insert(at, *found);
    }
    Ok(mapped)
}

fn find(
    table: Table,
    source: &str,
    headers: &[&str],
    mapped: &BTreeMap<usize, &str>,
    name: &str,
    kind: Type,
) -> Result<Option<Column>> {
    let free = || headers.iter().filter(|header| !mapped.values().any(|taken| taken == *header));
    let mut plain: Vec<_> = free().filter(|header| header.eq_ignore_ascii_case(name)).collect();
    if plain.len() > 1 {
        // Data Loader's success file of sessions has its own STATUS beside the field Status.
        plain.retain(|header| !RESULT_COLUMNS.contains(*header));
    }
    let found =
        if plain.is_empty() { free().filter(|header| relationship(header, kind).is_some()).collect() } else { plain };
    match found.as_slice() {
        [] => Ok(None),
        [header] => Ok(Some(Column { header: (**header).to_owned(), form: form_of(header, kind) })),
        several => Err(Error::Column(format!(
            "{}: {source}: {} columns stand for {name}: {}. Keep one, or name it with columns= (--map {}.{name}=...).",
            table.name(),
            several.len(),
            several.iter().map(|header| format!("'{}'", shorten(header))).collect::<Vec<_>>().join(", "),
            table.name(),
        ))),
    }
}

/// The parent's field when a header reads `Relationship.Field` or `Type:Relationship.Field` for this reference.
fn relationship(header: &str, kind: Type) -> Option<&str> {
    let Type::Reference(_, wanted) = kind else { return None };
    let (path, field) = header.split_once('.')?;
    let name = path.rsplit(':').next()?;
    name.eq_ignore_ascii_case(wanted).then_some(field)
}

fn form_of(header: &str, kind: Type) -> Form {
    if !matches!(kind, Type::Id(_) | Type::Reference(..)) {
        return Form::Plain;
    }
    let channel = matches!(kind, Type::Reference(_, "MessagingChannel"));
    match header.rsplit_once('.').map(|(_, field)| field) {
        Some(field) if field.eq_ignore_ascii_case("Id") => Form::Plain,
        Some(field) if channel && field.eq_ignore_ascii_case("MessagingPlatformKey") => Form::ChannelKey,
        Some(field) if channel && field.eq_ignore_ascii_case("MasterLabel") => Form::ChannelLabel,
        Some(_) => Form::External,
        None if header.to_ascii_lowercase().ends_with("__c") => Form::External,
        None => Form::Plain,
    }
}

fn check_type(table: Table, source: &str, schema: &Schema, column: &Column, name: &str, kind: Type) -> Result<()> {
    let Ok(field) = schema.field_with_name(&column.header) else { return Ok(()) };
    let mut given = field.data_type();
    loop {
        given = match given {
            DataType::Dictionary(_, values) => values,
            DataType::RunEndEncoded(_, values) => values.data_type(),
            _ => break,
        };
    }
    let text = matches!(given, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null);
    let fits = text
        || match kind {
            Type::Text(_) => given.is_numeric(),
            Type::Time => {
                matches!(given, DataType::Timestamp(..) | DataType::Date32 | DataType::Date64)
            }
            Type::Flag => given.is_integer() || *given == DataType::Boolean,
            Type::Id(_) | Type::Reference(..) | Type::Picklist(_) => false,
        };
    if fits {
        return Ok(());
    }
    let wanted = match kind {
        Type::Text(_) => "text (numbers are taken, too)",
        Type::Time => "text, timestamps or dates",
        Type::Flag => "text, booleans or integers",
        Type::Id(_) | Type::Reference(..) | Type::Picklist(_) => "text",
    };
    Err(Error::Column(format!(
        "{}: {source}: column '{}' ({name}) is of type {given}, which cannot hold it; give {wanted}.",
        table.name(),
        shorten(&column.header)
    )))
}

fn missing(table: Table, source: &str, headers: &[&str], absent: &[usize]) -> Error {
    let names: Vec<_> = absent
        .iter()
        .map(|at| match &table.fields()[*at] {
            Field { name, kind: Type::Reference(_, "MessagingChannel") } => {
                format!("{name} (or MessagingChannel.MessagingPlatformKey or MessagingChannel.MasterLabel)")
            }
            field => field.name.to_owned(),
        })
        .collect();
    let first = table.fields()[absent[0]].name;
    Error::Column(format!(
        "{}: {source}: no column for {}, which {} records need. {} If it has another name, say so with columns= \
         (--map {}.{first}=...).",
        table.name(),
        names.join(" and "),
        table.object(),
        seen(headers, first),
        table.name(),
    ))
}

/// The columns that are there, with the nearest names first.
fn seen(headers: &[&str], wanted: &str) -> String {
    const SHOWN: usize = 20;
    if let Some(at) = headers.iter().position(|header| is_value(header)) {
        // What is no name is nobody's to see.
        return format!(
            "What stands in place of its {} columns' names are values: column {} is a number, an address or an Id. Is \
             the header missing?",
            headers.len(),
            at + 1
        );
    }
    let wanted = wanted.to_ascii_lowercase();
    let mut near: Vec<(f64, &str)> = headers
        .iter()
        .map(|header| (strsim::jaro_winkler(&shorten(header).to_ascii_lowercase(), &wanted), *header))
        .filter(|(nearness, _)| *nearness > 0.75)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    let list = |names: &mut dyn Iterator<Item = &str>| {
        names.map(|name| format!("'{}'", shorten(name))).collect::<Vec<_>>().join(", ")
    };
    let shown = list(&mut headers.iter().copied().take(SHOWN));
    let more = match headers.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let nearest = match near.as_slice() {
        [] => String::new(),
        near => format!(" Nearest: {}.", list(&mut near.iter().map(|(_, name)| *name).take(3))),
    };
    format!("Columns seen: {shown}{more}.{nearest}")
}

/// Whether what should be the name of a column is a value: a telephone number, an address or an Id.
fn is_value(header: &str) -> bool {
    let grouped = |char: char| char.is_ascii_digit() || " +-()./".contains(char);
    let digits = |part: &str| part.bytes().filter(u8::is_ascii_digit).count();
    let number = header.split(|char| !grouped(char)).any(|part| digits(part) >= 7);
    number || header.contains('@') || header.bytes().any(|byte| byte.is_ascii_digit()) && is_id(header)
}

fn is_id(text: &str) -> bool {
    let prefixes = Table::ALL.into_iter().flat_map(Table::fields).filter_map(|field| match field.kind {
        Type::Id(prefixes) | Type::Reference(prefixes, _) => Some(prefixes),
        _ => None,
    });
    prefixes.into_iter().any(|prefixes| !prefixes.is_empty() && matches!(Id::read(text, prefixes), Id::Valid(_)))
}

/// A name that fits into a message.
fn shorten(text: &str) -> String {
    const LONGEST: usize = 60;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST - 3).chain("...".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(names: &[&str]) -> Schema {
        let fields = names.iter().map(|name| arrow_schema::Field::new(*name, DataType::Utf8, true));
        Schema::new(fields.collect::<Vec<_>>())
    }

    fn bind(table: Table, names: &[&str], mapping: &[(&str, &str)]) -> Result<Binding> {
        let mapping = mapping.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        Binding::new(table, "x.csv", &schema(names), &mapping, false)
    }

    const USERS: [&str; 3] = ["messagingplatformkey", "MessagingChannelId", "MESSAGETYPE"];

    #[test]
    fn headers_match_without_case() {
        let binding = bind(Table::Users, &USERS, &[]).unwrap();
        assert_eq!(binding.column(user::PLATFORM_KEY).unwrap().header, "messagingplatformkey");
        assert!(!binding.has(user::ID));
    }

    #[test]
    fn a_missing_column_names_the_nearest_and_the_cure() {
        let error = bind(Table::Users, &["MessagingPlatfromKey", "MessagingChannelId"], &[]).unwrap_err().to_string();
        for part in ["users", "x.csv", "MessagingPlatformKey", "Nearest: 'MessagingPlatfromKey'", "--map"] {
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn values_in_place_of_a_missing_header_are_not_shown() {
        for value in ["+1 (415) 555-0123", "4915112345678", "ann@example.org", "0PAHo000000PCQzOAO", "x 004915112345"] {
            let error = bind(Table::Users, &["Ann Lee", value, "New"], &[]).unwrap_err().to_string();
            assert!(error.contains("column 2") && error.contains("Is the header missing?"), "{error}");
            assert!(!error.contains(value) && !error.contains("Ann"), "{error}");
        }
        for name in ["Phone_2024_01_01__c", "Kundennummer 12345", "0PA", "Attribute12", "Kundennummer123"] {
            let error = bind(Table::Users, &[name], &[]).unwrap_err().to_string();
            assert!(error.contains(&format!("'{name}'")), "{error}");
        }
    }

    #[test]
    fn two_columns_for_one_field_are_refused() {
        let error = bind(Table::Users, &["Id", "ID", USERS[0], USERS[1], USERS[2]], &[]).unwrap_err();
        assert!(error.to_string().contains("2 columns stand for Id"));
    }

    #[test]
    fn a_column_of_a_result_file_gives_way_to_the_field() {
        let bound = |headers: &[&str]| bind(Table::Sessions, headers, &[]).unwrap().column(session::STATUS).cloned();
        let of = |header: &str| Some(Column { header: header.to_owned(), form: Form::Plain });
        assert_eq!(bound(&["ID", "MessagingEndUserId", "Status", "STATUS"]), of("Status"));
        assert_eq!(bound(&["MESSAGINGENDUSERID", "STATUS"]), of("STATUS"));
    }

    #[test]
    fn relationship_columns_stand_for_references() {
        let names = ["MessagingPlatformKey", "MessageType", "MessagingChannel.MasterLabel", "User:Owner.Username"];
        let binding = bind(Table::Users, &names, &[]).unwrap();
        assert_eq!(binding.column(user::CHANNEL).unwrap().form, Form::ChannelLabel);
        assert_eq!(binding.column(user::OWNER).unwrap().form, Form::External);
    }

    #[test]
    fn a_header_says_what_kind_of_key_its_column_holds() {
        const CHANNEL: Type = Type::Reference(&["0Mj"], "MessagingChannel");
        const OWNER: Type = Type::Reference(&["005"], "Owner");
        for (header, kind, form) in [
            ("MessagingChannelId", CHANNEL, Form::Plain),
            ("MessagingChannel.Id", CHANNEL, Form::Plain),
            ("MessagingChannel.id", CHANNEL, Form::Plain),
            ("MessagingChannel.MessagingPlatformKey", CHANNEL, Form::ChannelKey),
            ("Owner.MessagingPlatformKey", OWNER, Form::External),
            ("MessagingChannel.MasterLabel", CHANNEL, Form::ChannelLabel),
            ("Owner.MasterLabel", OWNER, Form::External),
            ("MessagingChannel.External_Id__c", CHANNEL, Form::External),
            ("External_Id__C", Type::Id(&["0PA"]), Form::External),
            ("External_Id", Type::Id(&["0PA"]), Form::Plain),
            ("Note__c", Type::Text(0), Form::Plain),
        ] {
            assert_eq!(form_of(header, kind), form, "{header}");
        }
    }

    #[test]
    fn fields_are_found_by_header_and_headers_in_order() {
        let names = ["MessageType", "Else", "MessagingChannel.MasterLabel", "MessagingPlatformKey"];
        let binding = bind(Table::Users, &names, &[]).unwrap();
        assert_eq!(binding.field("MessageType"), Some(user::MESSAGE_TYPE));
        assert_eq!(binding.field("MessagingPlatformKey"), Some(user::PLATFORM_KEY));
        assert_eq!(binding.field("Else"), None);
        assert_eq!(binding.headers(&schema(&names)), [names[0], names[2], names[3]]);
        let external = [user::CHANNEL, user::MESSAGE_TYPE, user::OWNER].map(|field| binding.is_external(field));
        assert_eq!(external, [true, false, false]);
    }

    #[test]
    fn a_long_name_is_shortened_to_what_fits() {
        let exact = "x".repeat(60);
        assert_eq!(shorten(&exact), exact);
        let shown = shorten(&"é".repeat(61));
        assert_eq!((shown.chars().count(), shown.ends_with("é...")), (60, true));
    }

    #[test]
    fn numbers_and_booleans_hold_what_they_can() {
        let of = |name: &str, given| {
            let more = Schema::new(vec![arrow_schema::Field::new(name, given, true)]);
            let both = Schema::try_merge([schema(&USERS), more]).unwrap();
            Binding::new(Table::Users, "x", &both, &BTreeMap::new(), false).is_ok()
        };
        assert!(of("Name", DataType::Int64) && !of("Name", DataType::Boolean));
        let active = |given| {
            let columns = [("Id", DataType::Utf8), ("MessageType", DataType::Utf8), ("IsActive", given)];
            let fields = columns.map(|(name, given)| arrow_schema::Field::new(name, given, true));
            Binding::new(Table::Channels, "x", &Schema::new(fields.to_vec()), &BTreeMap::new(), false).is_ok()
        };
        assert!(active(DataType::Boolean) && active(DataType::Int8));
        assert!(!active(DataType::Float64) && !active(DataType::Date32));
        assert!(of("CreatedDate", DataType::Date64) && !of("CreatedDate", DataType::Int64));
    }

    #[test]
    fn mappings_win_and_must_exist() {
        let names = ["phone", "MessagingPlatformKey", "MessagingChannelId", "MessageType"];
        let binding = bind(Table::Users, &names, &[("messagingPlatformKey", "phone")]).unwrap();
        assert_eq!(binding.column(user::PLATFORM_KEY).unwrap().header, "phone");
        let error = bind(Table::Users, &names, &[("MessagingPlatformKey", "phones")]).unwrap_err();
        assert!(error.to_string().contains("'phones'"));
    }

    #[test]
    fn a_type_that_cannot_hold_the_field_is_refused() {
        let text = schema(&USERS);
        let id = Schema::new(vec![arrow_schema::Field::new("Id", DataType::Int64, true)]);
        let both = Schema::try_merge([text, id]).unwrap();
        let error = Binding::new(Table::Users, "x", &both, &BTreeMap::new(), false).unwrap_err();
        assert!(error.to_string().contains("'Id'") && error.to_string().contains("Int64"));
    }
}
