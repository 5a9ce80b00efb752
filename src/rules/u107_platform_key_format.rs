use crate::rule::prelude::*;
use crate::tables::whatsapp::NumberForm;

declare_rule! {
    /// The platform key does not look like one of its channel.
    ///
    /// ## What it checks
    /// MessagingPlatformKey by kind of channel. Facebook Messenger: ASCII digits alone. LINE: a phone number, with plus
    /// sign or without, or `U` and 32 of the characters 0-9 and a-f. EmbeddedMessaging: `v2/iamessage/`, then `AUTH/`,
    /// `UNAUTH/` or `ANON/`, then something. Apple Messages for Business: at least one character that can be seen. SMS is
    /// U101, WhatsApp U105; on channels of one's own making any text may be right.
    ///
    /// ## Why it matters
    /// These keys are given by the platform. One of another form loads, but belongs to nobody, and the customer gets a
    /// second messaging user on the first message. Source: Salesforce Help, fields of messaging users; the LINE platform's
    /// page on user Ids; keys seen in orgs. The forms are not promised anywhere, so this is a warning.
    ///
    /// ## Example
    /// Fails: `maria.lopez` on Facebook Messenger; `u4af4980629f0a1b2c3d4e5f60718293a` on LINE. Passes: `7219384756120394`
    /// and `U4af4980629f0a1b2c3d4e5f60718293a`.
    ///
    /// ## How to mend it
    /// Take the key from an export of the org, or let the customer write first: Salesforce then makes the record.
    ///
    /// ## Nulls and unknowns
    /// A missing key is U201. A user whose kind of channel cannot be told is not judged. In-App and Web Chat have keys of
    /// one form, so their users are judged even where the two cannot be told apart.
    ///
    /// ## Since
    /// 0.1.0
    code: "U107",
    name: "platform-key-format",
    tables: &[Users],
    severity: Warning,
    default: true,
    needs: &[Need::Column(Users, user::PLATFORM_KEY)],
    since: "0.1.0",
    decide: Decide::Users(|users, _, marks| marks.each(users.iter().map(check))),
    describe: Describe::User(|user, _| {
        let (kind, form) = match user.kind() {
            Kind::Facebook => ("Facebook Messenger", "digits alone"),
            Kind::Line => ("LINE", "a phone number, or U and 32 characters of 0-9 and a-f"),
            Kind::Apple => ("Apple Messages for Business", "a text that can be seen"),
            _ => ("EmbeddedMessaging", "v2/iamessage/, then AUTH/, UNAUTH/ or ANON/, then the user"),
        };
        let message = format!(
            "A platform key of {kind} is {form}; this one is not, so the customer will get another record on the first \
             message."
        );
        Description::new(user::PLATFORM_KEY, message)
    }),
}

fn check(user: User<'_>) -> Verdict {
    let fits = match user.kind() {
        Kind::Facebook => is_page_scoped,
        Kind::Line => is_line,
        Kind::Apple => |text: &str| !text.chars().all(is_unseen),
        Kind::InApp | Kind::Web | Kind::Embedded => is_embedded,
        _ => return Undecided,
    };
    match user.batch().text(user::PLATFORM_KEY, user.row) {
        None => Undecided,
        Some(text) => Verdict::fail_if(!fits(text)),
    }
}

fn is_page_scoped(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_line(text: &str) -> bool {
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_id = |hex: &str| hex.len() == 32 && hex.bytes().all(is_hex);
    text.strip_prefix('U').is_some_and(is_id) || NumberForm::of(text).is_some()
}

fn is_embedded(text: &str) -> bool {
    let user = text.strip_prefix("v2/iamessage/").and_then(|rest| rest.split_once('/'));
    user.is_some_and(|(how, user)| matches!(how, "AUTH" | "UNAUTH" | "ANON") && !user.is_empty())
}

/// White space, control characters, and what Unicode lets a screen leave out (Default_Ignorable_Code_Point).
fn is_unseen(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
                | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
                | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, users};

    fn failing(message_type: &str, keys: &[&str]) -> Vec<u32> {
        let rows: Vec<_> = keys.iter().map(|key| format!("{key},0Mj000000000001,{message_type}\n")).collect();
        let found = users(&format!("MessagingPlatformKey,MessagingChannelId,MessageType\n{}", rows.concat()));
        assert_eq!(found.checked("U107"), keys.iter().filter(|key| !key.trim_matches(' ').is_empty()).count() as u64);
        found.rows("U107")
    }

    #[test]
    fn messenger_keys_are_digits() {
        assert_eq!(failing("Facebook", &["0", "7219384756120394", "", "+72", "72 1", "maria", "7２"]), [3, 4, 5, 6]);
    }

    #[test]
    fn line_keys_are_phones_or_ids() {
        let id = "4af4980629f0a1b2c3d4e5f60718293a";
        let good = [format!("U{id}"), "+819012345678".to_owned(), "819012345678".to_owned()];
        let bad = [
            format!("u{id}"),
            id.to_owned(),
            format!("U{}", id.to_uppercase()),
            format!("U{id}0"),
            format!("U{}", &id[1..]),
            format!("U{}g", &id[1..]),
            "+81 90".to_owned(),
        ];
        let all: Vec<_> = good.iter().chain(&bad).map(String::as_str).collect();
        assert_eq!(failing("Line", &all), [3, 4, 5, 6, 7, 8, 9]);
    }

    #[test]
    fn embedded_keys_have_a_path() {
        let keys = [
            "v2/iamessage/AUTH/set/uid:7",
            "v2/iamessage/UNAUTH/NA/uid:8",
            "v2/iamessage/ANON/x",
            "v2/iamessage/ANON/",
            "v2/iamessage/ANON",
            "v2/iamessage/auth/x",
            "v1/iamessage/AUTH/x",
            " v2/iamessage/AUTH/x",
        ];
        assert_eq!(failing("EmbeddedMessaging", &keys), [3, 4, 5, 6, 7]);
    }

    #[test]
    fn apple_keys_can_be_seen() {
        let keys = ["urn:mbid:AQAAY", "x", "\u{a0}", "\u{200b}\u{2003}", "\u{1}", "\u{200b}x", "\u{fe0f}", " ", "é"];
        assert_eq!(failing("AppleBusinessChat", &keys), [2, 3, 4, 6]);
    }

    #[test]
    fn other_kinds_have_rules_of_their_own_or_none() {
        let found = check(&[
            ("channels", "Id,MessageType,Surface\n0Mj000000000001,EmbeddedMessaging,web\n"),
            (
                "users",
                "MessagingPlatformKey,MessagingChannelId,MessageType\nx,0Mj000000000001,Custom\nx,0Mj000000000002,Custom\nx,0Mj000000000002,Text\nx,0Mj000000000002,WhatsApp\nx,0Mj000000000002,Voice\nx,0Mj000000000002,SMS\n",
            ),
        ]);
        assert_eq!(found.rows("U107"), [0]);
        assert_eq!(found.checked("U107"), 1);
        assert!(found.message(0, "U107").contains("EmbeddedMessaging"));
    }
}
