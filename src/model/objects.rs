//! The tables and the Salesforce fields that the rules look at.

use super::picklists::{
    AGENT_TYPE, CAPACITY_MODEL, CONSENT, CONSENT_TYPE, ENDED_BY_TYPE, MESSAGE_KIND, MESSAGE_TYPE, ORIGIN,
    PLATFORM_TYPE, Picklist, STATUS, SURFACE,
};

/// A table of a check, in the order of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// MessagingChannel records.
    Channels,
    /// MessagingEndUser records to be checked.
    Users,
    /// MessagingSession records.
    Sessions,
    /// Planned business-initiated messages: no Salesforce object.
    Sends,
    /// MessagingEndUser records that are in the org already.
    ExistingUsers,
}

impl Table {
    /// All tables, in the order of findings.
    pub const ALL: [Self; 5] = [Self::Channels, Self::Users, Self::Sessions, Self::Sends, Self::ExistingUsers];

    /// The name that users write.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Channels => "channels",
            Self::Users => "users",
            Self::Sessions => "sessions",
            Self::Sends => "sends",
            Self::ExistingUsers => "existing_users",
        }
    }

    /// The table with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }

    /// The fields that rules look at.
    #[must_use]
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Self::Channels => CHANNEL_FIELDS,
            Self::Users | Self::ExistingUsers => USER_FIELDS,
            Self::Sessions => SESSION_FIELDS,
            Self::Sends => SEND_FIELDS,
        }
    }

    /// The field that identifies a record; a planned send is no record yet.
    #[must_use]
    pub const fn id_field(self) -> Option<usize> {
        match self {
            Self::Sends => None,
            Self::Channels | Self::Users | Self::Sessions | Self::ExistingUsers => Some(0),
        }
    }

    /// The field with this API name.
    #[must_use]
    pub fn field(self, name: &str) -> Option<&'static Field> {
        self.fields().iter().find(|field| field.name == name)
    }

    /// The Salesforce object.
    #[must_use]
    pub const fn object(self) -> &'static str {
        match self {
            Self::Channels => "MessagingChannel",
            Self::Users | Self::ExistingUsers => "MessagingEndUser",
            Self::Sessions => "MessagingSession",
            Self::Sends => "planned send",
        }
    }
}

/// How a field's cells are read.
#[derive(Debug, Clone, Copy)]
pub enum Type {
    /// A Salesforce Id with one of these three-character prefixes.
    Id(&'static [&'static str]),
    /// A Salesforce Id of another object, of any object when no prefix is named; a column `Relationship.Field` may
    /// stand for it.
    Reference(&'static [&'static str], &'static str),
    /// A restricted picklist.
    Picklist(&'static Picklist),
    /// An instant.
    Time,
    /// A boolean.
    Flag,
    /// Text of at most this many UTF-16 units (0: no limit is checked).
    Text(usize),
}

/// A field of an object.
#[derive(Debug)]
pub struct Field {
    /// The API name.
    pub name: &'static str,
    /// How its cells are read.
    pub kind: Type,
}

const fn field(name: &'static str, kind: Type) -> Field {
    Field { name, kind }
}

/// Positions in [`CHANNEL_FIELDS`].
pub mod channel {
    #![expect(missing_docs, reason = "each constant is the position of the field of that name")]
    pub const ID: usize = 0;
    pub const MESSAGE_TYPE: usize = 1;
    pub const PLATFORM_TYPE: usize = 2;
    pub const SURFACE: usize = 3;
    pub const IS_ACTIVE: usize = 4;
    pub const PLATFORM_KEY: usize = 5;
    pub const MASTER_LABEL: usize = 6;
    pub const CONSENT_TYPE: usize = 7;
    pub const CAPACITY_MODEL: usize = 8;
    pub const COUNTRY: usize = 9;
}

/// MessagingChannel. Surface is ours: the object cannot tell In-App from Web. CapacityModel belongs to the channel's
/// service channel.
pub static CHANNEL_FIELDS: &[Field] = &[
    field("Id", Type::Id(&["0Mj"])),
    field("MessageType", Type::Picklist(&MESSAGE_TYPE)),
    field("PlatformType", Type::Picklist(&PLATFORM_TYPE)),
    field("Surface", Type::Picklist(&SURFACE)),
    field("IsActive", Type::Flag),
    field("MessagingPlatformKey", Type::Text(0)),
    field("MasterLabel", Type::Text(0)),
    field("ConsentType", Type::Picklist(&CONSENT_TYPE)),
    field("CapacityModel", Type::Picklist(&CAPACITY_MODEL)),
    field("IsoCountryCode", Type::Text(0)),
];

/// Positions in [`USER_FIELDS`].
pub mod user {
    #![expect(missing_docs, reason = "each constant is the position of the field of that name")]
    pub const ID: usize = 0;
    pub const CHANNEL: usize = 1;
    pub const ACCOUNT: usize = 2;
    pub const CONTACT: usize = 3;
    pub const LEAD: usize = 4;
    pub const OWNER: usize = 5;
    pub const MESSAGE_TYPE: usize = 6;
    pub const CONSENT: usize = 7;
    pub const CREATED: usize = 8;
    pub const LAST_INBOUND: usize = 9;
    pub const PLATFORM_KEY: usize = 10;
    pub const NAME: usize = 11;
    pub const COUNTRY: usize = 12;
    pub const LOCALE: usize = 13;
    pub const PICTURE: usize = 14;
    pub const EXTERNAL_KEY: usize = 15;
}

const OWNER_PREFIXES: &[&str] = &["005", "00G"];

/// MessagingEndUser. LastInboundMessageTime is ours: no Salesforce field stores it.
pub static USER_FIELDS: &[Field] = &[
    field("Id", Type::Id(&["0PA"])),
    field("MessagingChannelId", Type::Reference(&["0Mj"], "MessagingChannel")),
    field("AccountId", Type::Reference(&["001"], "Account")),
    field("ContactId", Type::Reference(&["003"], "Contact")),
    field("LeadId", Type::Reference(&["00Q"], "Lead")),
    field("OwnerId", Type::Reference(OWNER_PREFIXES, "Owner")),
    field("MessageType", Type::Picklist(&MESSAGE_TYPE)),
    field("MessagingConsentStatus", Type::Picklist(&CONSENT)),
    field("CreatedDate", Type::Time),
    field("LastInboundMessageTime", Type::Time),
    field("MessagingPlatformKey", Type::Text(255)),
    field("Name", Type::Text(255)),
    field("IsoCountryCode", Type::Text(2)),
    field("Locale", Type::Text(20)),
    field("ProfilePictureUrl", Type::Text(255)),
    field("MessagingExternalUserKey", Type::Text(255)),
];

/// Positions in [`SESSION_FIELDS`].
pub mod session {
    #![expect(missing_docs, reason = "each constant is the position of the field of that name")]
    pub const ID: usize = 0;
    pub const USER: usize = 1;
    pub const CHANNEL: usize = 2;
    pub const OWNER: usize = 3;
    pub const CASE: usize = 4;
    pub const LEAD: usize = 5;
    pub const OPPORTUNITY: usize = 6;
    pub const CONVERSATION: usize = 7;
    pub const STATUS: usize = 8;
    pub const ORIGIN: usize = 9;
    pub const AGENT_TYPE: usize = 10;
    pub const ENDED_BY_TYPE: usize = 11;
    pub const START: usize = 12;
    pub const ACCEPT: usize = 13;
    pub const END: usize = 14;
    pub const SESSION_KEY: usize = 15;
    pub const CHANNEL_GROUP: usize = 16;
    pub const CHANNEL_INTENT: usize = 17;
    pub const CHANNEL_LOCALE: usize = 18;
}

/// MessagingSession.
pub static SESSION_FIELDS: &[Field] = &[
    field("Id", Type::Id(&["0Mw"])),
    field("MessagingEndUserId", Type::Reference(&["0PA"], "MessagingEndUser")),
    field("MessagingChannelId", Type::Reference(&["0Mj"], "MessagingChannel")),
    field("OwnerId", Type::Reference(OWNER_PREFIXES, "Owner")),
    field("CaseId", Type::Reference(&["500"], "Case")),
    field("LeadId", Type::Reference(&["00Q"], "Lead")),
    field("OpportunityId", Type::Reference(&["006"], "Opportunity")),
    field("ConversationId", Type::Reference(&["0dw"], "Conversation")),
    field("Status", Type::Picklist(&STATUS)),
    field("Origin", Type::Picklist(&ORIGIN)),
    field("AgentType", Type::Picklist(&AGENT_TYPE)),
    field("EndedByType", Type::Picklist(&ENDED_BY_TYPE)),
    field("StartTime", Type::Time),
    field("AcceptTime", Type::Time),
    field("EndTime", Type::Time),
    field("SessionKey", Type::Text(36)),
    field("ChannelGroup", Type::Text(255)),
    field("ChannelIntent", Type::Text(255)),
    field("ChannelLocale", Type::Text(255)),
];

/// Positions in [`SEND_FIELDS`].
pub mod send {
    #![expect(missing_docs, reason = "each constant is the position of the field of that name")]
    pub const USER: usize = 0;
    pub const CHANNEL: usize = 1;
    pub const OWNER: usize = 2;
    pub const SOURCE: usize = 3;
    pub const KIND: usize = 4;
    pub const TIME: usize = 5;
    pub const TEMPLATE_APPROVED: usize = 6;
    pub const DYNAMIC_CONTENT: usize = 7;
    pub const CONSENT_CONFIRMED: usize = 8;
    pub const PHONE: usize = 9;
}

/// A planned business-initiated message. MessageKind, TemplateApproved, HasDynamicContent and ConsentConfirmed are what
/// the rep chooses in Salesforce; no object holds them.
pub static SEND_FIELDS: &[Field] = &[
    field("MessagingEndUserId", Type::Reference(&["0PA"], "MessagingEndUser")),
    field("MessagingChannelId", Type::Reference(&["0Mj"], "MessagingChannel")),
    field("OwnerId", Type::Reference(OWNER_PREFIXES, "Owner")),
    field("SourceRecordId", Type::Reference(&[], "SourceRecord")),
    field("MessageKind", Type::Picklist(&MESSAGE_KIND)),
    field("SendTime", Type::Time),
    field("TemplateApproved", Type::Flag),
    field("HasDynamicContent", Type::Flag),
    field("ConsentConfirmed", Type::Flag),
    field("Phone", Type::Text(0)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_name_their_fields() {
        let expected = [
            (Table::Channels, channel::SURFACE, "Surface"),
            (Table::Channels, channel::MASTER_LABEL, "MasterLabel"),
            (Table::Channels, channel::CONSENT_TYPE, "ConsentType"),
            (Table::Channels, channel::COUNTRY, "IsoCountryCode"),
            (Table::Users, user::OWNER, "OwnerId"),
            (Table::Users, user::CONSENT, "MessagingConsentStatus"),
            (Table::Users, user::LAST_INBOUND, "LastInboundMessageTime"),
            (Table::Users, user::PLATFORM_KEY, "MessagingPlatformKey"),
            (Table::Users, user::EXTERNAL_KEY, "MessagingExternalUserKey"),
            (Table::Channels, channel::CAPACITY_MODEL, "CapacityModel"),
            (Table::Sends, send::KIND, "MessageKind"),
            (Table::Sends, send::PHONE, "Phone"),
            (Table::Sessions, session::USER, "MessagingEndUserId"),
            (Table::Sessions, session::CONVERSATION, "ConversationId"),
            (Table::Sessions, session::ENDED_BY_TYPE, "EndedByType"),
            (Table::Sessions, session::END, "EndTime"),
            (Table::Sessions, session::CHANNEL_LOCALE, "ChannelLocale"),
        ];
        for (table, at, name) in expected {
            assert_eq!(table.fields()[at].name, name);
        }
    }
}
