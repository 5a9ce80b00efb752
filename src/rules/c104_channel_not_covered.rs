use crate::model::picklists::PLATFORM_TYPE;
use crate::rule::prelude::*;

declare_rule! {
    /// The article's rules do not cover this channel.
    ///
    /// ## What it checks
    /// Kind and platform of every channel. Covered are Enhanced SMS, WhatsApp, Facebook Messenger, LINE, Apple Messages
    /// for Business, In-App Chat and Bring Your Own Channel; not covered are Web Chat, every Standard channel, and
    /// kinds that the article does not mention, like voice or e-mail.
    ///
    /// ## Why it matters
    /// Reps cannot start conversations on such a channel in the way that the article describes, and the checks that
    /// come from it are left out for its users. Source: the article, its lists of channels that it does and does not
    /// apply to.
    ///
    /// ## Example
    /// Fails: `MessageType=Text, PlatformType=Standard`; `MessageType=EmbeddedMessaging, Surface=web`. Passes:
    /// `MessageType=Text, PlatformType=Enhanced`.
    ///
    /// ## How to mend it
    /// Nothing is wrong with the record. Upgrade a Standard channel if business-initiated messages are wanted on it.
    ///
    /// ## Nulls and unknowns
    /// An unknown PlatformType counts as Enhanced (C105 says so). An unknown MessageType, and EmbeddedMessaging without
    /// Surface, are not judged.
    ///
    /// ## Since
    /// 0.1.0
    code: "C104",
    name: "channel-not-covered",
    tables: &[Channels],
    severity: Info,
    default: true,
    needs: &[],
    since: "0.1.0",
    decide: Decide::Channels(|batch, _, marks| {
        marks.each((0..batch.rows()).map(|row| check(ChannelRow { batch, row })));
    }),
    describe: Describe::Channel(|record, _| {
        let kind = record.kind();
        let what = match kind {
            Kind::Outside => "This kind of channel".to_owned(),
            Kind::Web => "Web Chat".to_owned(),
            _ => format!("Standard {}", kind.label()),
        };
        let standard = record.batch.pick(channel::PLATFORM_TYPE, record.row).is(PLATFORM_TYPE.position("Standard"));
        let by_platform = standard && !matches!(kind, Kind::Outside | Kind::Web);
        let field = if by_platform { channel::PLATFORM_TYPE } else { channel::MESSAGE_TYPE };
        let message = format!(
            "{what} is outside the rules for business-initiated messaging; users and sessions on it are not judged by \
             them."
        );
        Description::new(field, message)
    }),
}

fn check(record: ChannelRow<'_>) -> Verdict {
    match record.coverage() {
        Coverage::Unknown => Undecided,
        Coverage::Covered => Pass,
        Coverage::NotCovered => Fail,
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::channels;

    #[test]
    fn standard_web_and_foreign_channels_are_not_covered() {
        let found = channels(
            "Id,MessageType,PlatformType,Surface\n0Mj000000000001,Text,Enhanced,\n0Mj000000000002,Text,Standard,\n0Mj000000000003,EmbeddedMessaging,Enhanced,web\n0Mj000000000004,EmbeddedMessaging,Enhanced,in-app\n0Mj000000000005,EmbeddedMessaging,Enhanced,\n0Mj000000000006,Email,,\n0Mj000000000007,Txt,,\n0Mj000000000008,Custom,,\n",
        );
        assert_eq!(found.rows("C104"), [1, 2, 5]);
        assert_eq!(found.checked("C104"), 6);
        assert_eq!(found.column(1, "C104"), "PlatformType");
        assert!(found.message(1, "C104").starts_with("Standard SMS"));
        assert_eq!(found.column(2, "C104"), "MessageType");
    }
}
