use crate::rule::prelude::*;

declare_rule! {
    /// A phone number is in E.164 form, but no numbering plan assigns it.
    ///
    /// ## What it checks
    /// MessagingPlatformKey of users on SMS channels (`+` and digits) and on WhatsApp channels (with or without the plus
    /// sign), against the numbering plans of all calling codes: that the calling code exists, that its numbers can be so
    /// long, that the range is in use, and that no trunk zero was kept behind the calling code.
    ///
    /// ## Why it matters
    /// The record loads, but a message to this number reaches nobody. Source: ITU-T E.164 and the national plans as
    /// libphonenumber publishes them; a plan may open a range after this release, hence a warning.
    ///
    /// ## Example
    /// Fails: `+4402079460958` (trunk zero), `+99912345678` (no such calling code), `+1415555012` (too short).
    /// Passes: `+442079460958`, `+12345678900`.
    ///
    /// ## How to mend it
    /// Ask for the number again. A trunk zero behind the calling code is left out.
    ///
    /// ## Nulls and unknowns
    /// Keys that are not of the form are U101 on SMS and are not judged here. A user whose kind of channel cannot be
    /// told is not judged.
    ///
    /// ## Since
    /// 0.1.0
    code: "U102",
    name: "phone-not-assigned",
    tables: &[Users],
    severity: Warning,
    default: true,
    needs: &[Need::Column(Users, user::PLATFORM_KEY)],
    since: "0.1.0",
    decide: Decide::Users(|users, _, marks| marks.each(users.iter().map(check))),
    describe: Describe::User(|user, _| {
        let text = user.batch().shown(user::PLATFORM_KEY, user.row).unwrap_or_default();
        let digits = text.strip_prefix('+').unwrap_or(&text).as_bytes();
        let reason = phone::lookup(digits).err().unwrap_or(phone::Unassigned::Range);
        let trunk_zero = reason == phone::Unassigned::TrunkZero;
        let meaning = match phone::plan::without_trunk_zero(digits).filter(|_| trunk_zero) {
            Some(_) => "without that zero it would be assigned",
            None => "a message to it reaches nobody",
        };
        let message = format!("The phone number {}; {meaning}.", reason.sentence());
        Description::new(user::PLATFORM_KEY, message)
    }),
}

fn check(user: User<'_>) -> Verdict {
    user.number().map_or(Undecided, |number| Verdict::fail_if(number.assigned().is_none()))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::users;

    #[test]
    fn numbers_of_nobody_fail() {
        let found = users(
            "MessagingPlatformKey,MessagingChannelId,MessageType\n+12345678900,0Mj000000000001,Text\n+4402079460958,0Mj000000000001,Text\n4402079460958,0Mj000000000001,Text\n4402079460958,0Mj000000000001,WhatsApp\n,0Mj000000000001,Text\n+99912345678,0Mj000000000001,WhatsApp\n+442079460958,0Mj000000000001,WhatsApp\n+99912345678,0Mj000000000001,Line\n",
        );
        assert_eq!(found.rows("U102"), [1, 3, 5]);
        assert_eq!(found.checked("U102"), 5);
        assert!(
            found.message(1, "U102").ends_with("; without that zero it would be assigned."),
            "{}",
            found.message(1, "U102")
        );
        assert!(found.message(5, "U102").contains("calling code that no country has"));
    }

    #[test]
    fn every_reason_is_told() {
        let found = users(
            "MessagingPlatformKey,MessagingChannelId,MessageType\n+1415555012,0Mj000000000001,Text\n+141555501234,0Mj000000000001,Text\n+11115550123,0Mj000000000001,Text\n",
        );
        assert_eq!(found.rows("U102"), [0, 1, 2]);
        for (row, part) in [(0, "shorter than"), (1, "longer than"), (2, "does not assign")] {
            assert!(found.message(row, "U102").contains(part), "{}", found.message(row, "U102"));
        }
    }
}
