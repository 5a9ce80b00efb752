use super::common::{describe_first, describe_length, length_verdict};
use crate::rule::prelude::*;

const FIELDS: &[usize] =
    &[user::PLATFORM_KEY, user::NAME, user::COUNTRY, user::LOCALE, user::PICTURE, user::EXTERNAL_KEY];

declare_rule! {
    /// A text is longer than its field.
    ///
    /// ## What it checks
    /// MessagingPlatformKey, Name, ProfilePictureUrl and MessagingExternalUserKey have at most 255 characters, Locale
    /// 20 and IsoCountryCode 2. Characters are counted as UTF-16 units: an emoji counts twice.
    ///
    /// ## Why it matters
    /// Bulk API does not cut a long value off, it refuses the whole record. Source: Object Reference, MessagingEndUser;
    /// status code STRING_TOO_LONG of the API; Data Loader Guide.
    ///
    /// ## Example
    /// Fails: `IsoCountryCode=USA`. Passes: `IsoCountryCode=US`.
    ///
    /// ## How to mend it
    /// Shorten the value, or use the right one: two letters for the country, not three.
    ///
    /// ## Nulls and unknowns
    /// Missing values pass. Blanks around a value count.
    ///
    /// ## Since
    /// 0.1.0
    code: "U203",
    name: "value-too-long",
    tables: &[Users],
    severity: Error,
    default: true,
    needs: &[Need::Columns(Users, 1, FIELDS)],
    since: "0.1.0",
    decide: Decide::Users(|users, _, marks| marks.any_of(users.batch.extents(FIELDS), length_verdict)),
    describe: Describe::User(|user, _| {
        let fails = |field| length_verdict(user.batch().extent(field, user.row)) == Fail;
        describe_first(user.batch(), FIELDS, fails, |field| describe_length(user.batch(), field, user.row))
    }),
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::users;

    #[test]
    fn utf16_units_are_counted() {
        let fits = "é".repeat(255);
        let over = "a".repeat(256);
        let emoji = "\u{1f600}".repeat(128);
        let found = users(&format!(
            "MessagingPlatformKey,MessagingChannelId,MessageType,Name,IsoCountryCode\n+12345678900,0Mj000000000001,Text,{fits},US\n+12345678901,0Mj000000000001,Text,{over},US\n+12345678902,0Mj000000000001,Text,{emoji},USA\n,0Mj000000000001,Text,,\n"
        ));
        assert_eq!(found.rows("U203"), [1, 2]);
        assert_eq!(found.checked("U203"), 3);
        assert_eq!(found.column(1, "U203"), "Name");
        assert!(found.message(2, "U203").contains("256") && found.message(2, "U203").contains("IsoCountryCode"));
    }
}
