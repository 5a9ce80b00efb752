//! Every field of the objects, with what a load may do with it. Facts are from the Object Reference and the Field
//! Reference of Salesforce; where they do not say, nothing is claimed. What rules read is in [`super::objects`].

use super::objects::Table;

/// A field as a load sees it.
#[derive(Debug, Clone, Copy)]
pub struct CatalogField {
    /// The API name.
    pub name: &'static str,
    /// Whether it may be given when a record is created, if that is known.
    pub create: Option<bool>,
    /// Whether it may be given when a record is changed, if that is known.
    pub update: Option<bool>,
    /// The lookup that it is, if it is one.
    pub lookup: Option<Lookup>,
}

/// A reference to another object.
#[derive(Debug, Clone, Copy)]
pub struct Lookup {
    /// The name that stands before the dot in a header.
    pub relationship: &'static str,
    /// The objects that it may refer to; more than one make it polymorphic.
    pub parents: &'static [&'static str],
}

/// Of a parent object: the standard fields that find a record, where they are known.
#[must_use]
pub fn lookup_fields(parent: &str) -> Option<&'static [&'static str]> {
    match parent {
        "MessagingChannel" => Some(&["Id", "MessagingPlatformKey", "MasterLabel"]),
        "MessagingEndUser" => Some(&["Id", "Name"]),
        _ => None,
    }
}

/// Columns that are sendworthy's own and no fields of the object.
#[must_use]
pub const fn own_columns(table: Table) -> &'static [&'static str] {
    match table {
        Table::Channels => &["Surface", "CapacityModel"],
        Table::Users | Table::ExistingUsers => &["LastInboundMessageTime"],
        Table::Sessions => &[],
        Table::Sends => &[
            "MessagingEndUserId",
            "MessagingChannelId",
            "OwnerId",
            "SourceRecordId",
            "MessageKind",
            "SendTime",
            "TemplateApproved",
            "HasDynamicContent",
            "ConsentConfirmed",
            "Phone",
        ],
    }
}

/// Columns that Data Loader and Bulk API put into their result files.
pub const RESULT_COLUMNS: &[&str] = &["sf__Id", "sf__Created", "sf__Error", "ERROR", "STATUS"];

/// Columns that a new record must have.
#[must_use]
pub const fn required_columns(table: Table) -> &'static [&'static str] {
    match table {
        Table::Users => &["MessagingChannelId", "MessageType", "MessagingPlatformKey", "Name"],
        Table::Sessions => &["MessagingChannelId", "MessagingEndUserId", "Status"],
        Table::Channels | Table::Sends | Table::ExistingUsers => &[],
    }
}

/// The field of an object, without regard to case.
#[must_use]
pub fn find(table: Table, name: &str) -> Option<&'static CatalogField> {
    catalog(table).iter().find(|field| field.name.eq_ignore_ascii_case(name))
}

/// The field whose relationship has this name.
#[must_use]
pub fn relationship(table: Table, name: &str) -> Option<&'static Lookup> {
    let lookups = catalog(table).iter().filter_map(|field| field.lookup.as_ref());
    lookups.into_iter().find(|lookup| lookup.relationship.eq_ignore_ascii_case(name))
}

/// All fields of a table's object.
#[must_use]
pub const fn catalog(table: Table) -> &'static [CatalogField] {
    match table {
        Table::Channels => CHANNEL,
        Table::Users | Table::ExistingUsers => USER,
        Table::Sessions => SESSION,
        Table::Sends => &[],
    }
}

const fn field(name: &'static str, create: Option<bool>, update: Option<bool>) -> CatalogField {
    CatalogField { name, create, update, lookup: None }
}

/// Created and changed at will.
const fn free(name: &'static str) -> CatalogField {
    field(name, Some(true), Some(true))
}

/// Set when the record is created, never changed.
const fn fixed(name: &'static str) -> CatalogField {
    field(name, Some(true), Some(false))
}

/// Set by Salesforce alone.
const fn derived(name: &'static str) -> CatalogField {
    field(name, Some(false), Some(false))
}

/// In live orgs, but nothing says who may write it.
const fn unclear(name: &'static str) -> CatalogField {
    field(name, None, None)
}

const fn to(field: CatalogField, relationship: &'static str, parents: &'static [&'static str]) -> CatalogField {
    CatalogField { lookup: Some(Lookup { relationship, parents }), ..field }
}

const OWNERS: &[&str] = &["Group", "User"];

static USER: &[CatalogField] = &[
    derived("Id"),
    to(fixed("MessagingChannelId"), "MessagingChannel", &["MessagingChannel"]),
    fixed("MessageType"),
    fixed("MessagingPlatformKey"),
    free("Name"),
    to(free("OwnerId"), "Owner", OWNERS),
    free("MessagingConsentStatus"),
    derived("IsFullyOptedIn"),
    free("HasInitialResponseSent"),
    fixed("IsoCountryCode"),
    fixed("Locale"),
    free("Language"),
    fixed("ProfilePictureUrl"),
    to(free("AccountId"), "Account", &["Account"]),
    to(free("ContactId"), "Contact", &["Contact"]),
    to(free("LeadId"), "Lead", &["Lead"]),
    to(derived("AuthenticatedEndUserId"), "AuthenticatedEndUser", &["User"]),
    unclear("MessagingExternalUserKey"),
    unclear("CurrencyIsoCode"),
    derived("IsDeleted"),
    to(derived("CreatedById"), "CreatedBy", &["User"]),
    derived("CreatedDate"),
    to(derived("LastModifiedById"), "LastModifiedBy", &["User"]),
    derived("LastModifiedDate"),
    derived("SystemModstamp"),
    derived("LastViewedDate"),
    derived("LastReferencedDate"),
];

static SESSION: &[CatalogField] = &[
    derived("Id"),
    derived("Name"),
    to(fixed("MessagingChannelId"), "MessagingChannel", &["MessagingChannel"]),
    to(fixed("MessagingEndUserId"), "MessagingEndUser", &["MessagingEndUser"]),
    fixed("Status"),
    fixed("Origin"),
    fixed("AgentType"),
    to(free("OwnerId"), "Owner", OWNERS),
    fixed("StartTime"),
    fixed("EndTime"),
    free("AcceptTime"),
    fixed("EndedByType"),
    fixed("SessionKey"),
    to(fixed("ConversationId"), "Conversation", &["Conversation"]),
    to(free("CaseId"), "Case", &["Case"]),
    to(free("LeadId"), "Lead", &["Lead"]),
    to(free("OpportunityId"), "Opportunity", &["Opportunity"]),
    to(free("TargetUserId"), "TargetUser", &["User"]),
    to(free("CampaignId"), "Campaign", &["Campaign"]),
    free("ChannelGroup"),
    free("ChannelIntent"),
    free("ChannelLocale"),
    free("EndUserLanguage"),
    derived("ChannelType"),
    derived("ChannelName"),
    derived("ChannelKey"),
    derived("ChannelEndUserFormula"),
    to(derived("EndUserAccountId"), "EndUserAccount", &["Account"]),
    to(derived("EndUserContactId"), "EndUserContact", &["Contact"]),
    derived("AgentMessageCount"),
    derived("EndUserMessageCount"),
    derived("PreviewDetails"),
    unclear("ErrorReason"),
    unclear("SuspendedByType"),
    unclear("CurrencyIsoCode"),
    derived("IsDeleted"),
    to(derived("CreatedById"), "CreatedBy", &["User"]),
    derived("CreatedDate"),
    to(derived("LastModifiedById"), "LastModifiedBy", &["User"]),
    derived("LastModifiedDate"),
    derived("SystemModstamp"),
    derived("LastViewedDate"),
    derived("LastReferencedDate"),
];

/// Channels are reference data: what a load may do with their fields is of no interest.
static CHANNEL: &[CatalogField] = &[
    derived("Id"),
    unclear("MessageType"),
    unclear("PlatformType"),
    unclear("IsActive"),
    unclear("ConsentType"),
    unclear("IsRequireDoubleOptIn"),
    unclear("MessagingPlatformKey"),
    unclear("DeveloperName"),
    unclear("MasterLabel"),
    unclear("Description"),
    unclear("IsoCountryCode"),
    unclear("Language"),
    derived("ChannelAddressIdentifier"),
    to(unclear("ChannelDefinitionId"), "ChannelDefinition", &["ConversationChannelDefinition"]),
    unclear("RoutingType"),
    to(unclear("SessionHandlerId"), "SessionHandler", &["BotDefinition", "FlowDefinition", "Group"]),
    unclear("SessionHandlerType"),
    to(unclear("FallbackQueueId"), "FallbackQueue", &["Group"]),
    to(unclear("TargetQueueId"), "TargetQueue", &["Group"]),
    to(unclear("BusinessHoursId"), "BusinessHours", &["BusinessHours"]),
    unclear("LinkingPreference"),
    unclear("OptionsIsOutboundOnly"),
    unclear("ConversationEndResponse"),
    unclear("CriticalWaitTime"),
    unclear("DoubleOptInPrompt"),
    unclear("EngagedResponse"),
    unclear("InitialResponse"),
    unclear("OfflineAgentsResponse"),
    unclear("OptInPrompt"),
    unclear("IsAuthenticated"),
    unclear("IsLinkedRecordOpenedAsSubTab"),
    unclear("IsRestrictedToBusinessHours"),
    unclear("IsUserMatchByExternalIdOnly"),
    unclear("CurrencyIsoCode"),
    derived("IsDeleted"),
    to(derived("CreatedById"), "CreatedBy", &["User"]),
    derived("CreatedDate"),
    to(derived("LastModifiedById"), "LastModifiedBy", &["User"]),
    derived("LastModifiedDate"),
    derived("SystemModstamp"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_field_that_rules_read_is_listed_or_ours() {
        for table in Table::ALL {
            for field in table.fields() {
                let known = find(table, field.name).is_some() || own_columns(table).contains(&field.name);
                assert!(known, "{} {}", table.name(), field.name);
            }
        }
    }

    #[test]
    fn names_occur_once_and_required_ones_can_be_created() {
        for table in Table::ALL {
            let names: BTreeSet<_> = catalog(table).iter().map(|field| field.name).collect();
            assert_eq!(names.len(), catalog(table).len(), "{}", table.name());
            for name in required_columns(table) {
                assert_eq!(find(table, name).unwrap().create, Some(true), "{name}");
            }
        }
    }
}
