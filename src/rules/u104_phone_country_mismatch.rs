use crate::rule::prelude::*;
use crate::tables::phone::Region;

declare_rule! {
    /// IsoCountryCode is not the country of the phone number.
    ///
    /// ## What it checks
    /// Assigned numbers of users on SMS and WhatsApp channels against IsoCountryCode, read in any case of letters.
    /// Countries that share a calling code are told apart where the number is one country's alone: a Toronto number is
    /// Canada's and not the United States'. A number that several of them have, like a North American toll-free one,
    /// passes for every country of its calling code.
    ///
    /// ## Why it matters
    /// One of the two is wrong: the customer is written to at another's number, or in the language and at the hours of
    /// another country. People keep their number when they move, hence a warning. Source: ISO 3166-1 and the national
    /// numbering plans as libphonenumber publishes them.
    ///
    /// ## Example
    /// Fails: `+14165550123` with `US`, `+4915123456789` with `AT`. Passes: `+14165550123` with `CA`.
    ///
    /// ## How to mend it
    /// Find out which of the two is right, and write the other one anew.
    ///
    /// ## Nulls and unknowns
    /// Not judged: a missing country, one that has no numbering plan (unknown codes included), numbers that are of no
    /// country, like +800, and keys that are no assigned number.
    ///
    /// ## Since
    /// 0.1.0
    code: "U104",
    name: "phone-country-mismatch",
    tables: &[Users],
    severity: Warning,
    default: true,
    needs: &[Need::Column(Users, user::PLATFORM_KEY), Need::Column(Users, user::COUNTRY)],
    since: "0.1.0",
    decide: Decide::Users(|users, _, marks| marks.each(users.iter().map(check))),
    describe: Describe::User(|user, _| {
        let region = user.number().and_then(phone::plan::Outcome::assigned).map_or("unknown", |found| found.region.name());
        let country = user.batch().shown(user::COUNTRY, user.row).unwrap_or_default();
        let message = format!("IsoCountryCode is {country}, but the phone number's country is {region}.");
        Description::new(user::COUNTRY, message)
    }),
}

fn check(user: User<'_>) -> Verdict {
    let Some(assigned) = user.number().and_then(phone::plan::Outcome::assigned) else { return Undecided };
    if assigned.region == Region::WORLD {
        return Undecided;
    }
    let Some(country) = user.batch().bytes(user::COUNTRY, user.row) else { return Undecided };
    if country.eq_ignore_ascii_case(assigned.region.name().as_bytes()) {
        // Nearly every record: its country is not looked up.
        return Pass;
    }
    match user.batch().text(user::COUNTRY, user.row).and_then(Region::named) {
        None => Undecided,
        Some(country) => {
            let one_code = country.calling_code() == assigned.region.calling_code();
            Verdict::fail_if(!(assigned.shared && one_code))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::users;

    #[test]
    fn countries_are_compared_as_far_as_the_plan_tells_them_apart() {
        let found = users(
            "MessagingPlatformKey,MessagingChannelId,MessageType,IsoCountryCode\n+14165550123,0Mj000000000001,Text,CA\n+14165550123,0Mj000000000001,Text,US\n+18005550123,0Mj000000000001,Text,JM\n+18005550123,0Mj000000000001,Text,GB\n4915123456789,0Mj000000000001,WhatsApp,at\n+4915123456789,0Mj000000000001,Text,de\n+4915123456789,0Mj000000000001,Text,\n+4915123456789,0Mj000000000001,Text,ZZ\n+80012345678,0Mj000000000001,Text,US\n+99912345678,0Mj000000000001,Text,US\n",
        );
        assert_eq!(found.rows("U104"), [1, 3, 4]);
        assert_eq!(found.checked("U104"), 6);
        assert_eq!(found.column(1, "U104"), "IsoCountryCode");
        assert_eq!(found.message(4, "U104"), "IsoCountryCode is at, but the phone number's country is DE.");
    }

    #[test]
    fn without_the_column_it_is_skipped() {
        let found = users("MessagingPlatformKey,MessagingChannelId,MessageType\n+14165550123,0Mj000000000001,Text\n");
        assert!(found.skipped("U104").is_some());
    }
}
