//! Accounts, teams, signing in, the access review.

use packhorse_governance::OperatorRole;
use packhorse_governance::people::{Account, AccountStatus, LinkPurpose, SignedInBy, Team, Tier};
use packhorse_openapi::{Shape, object, of, words};

pub(super) fn shapes() -> Vec<Shape> {
    [accounts(), signing_in()].into_iter().flatten().collect()
}

fn accounts() -> Vec<Shape> {
    vec![
        of::<Account>(
            "Account",
            &[
                "id",
                "name",
                "email",
                "roles: [OperatorRole]",
                "tier: Tier",
                "department",
                "teams?: texts",
                "status: AccountStatus",
                "left_on?: date",
                "confirmed_on: date",
                "confirmed_by",
                "subject?",
                "acceptable_use?: [Acceptance]",
                "created: date-time",
            ],
        )
        .with(&["review_due: date or null"]),
        words::<OperatorRole>("OperatorRole"),
        words::<Tier>("Tier"),
        words::<AccountStatus>("AccountStatus"),
        object("NewAccount", &["..Account", "invitation: AccountLink"]),
        object("AccountLink", &["link", "address: text or null", "purpose: LinkPurpose"]),
        words::<LinkPurpose>("LinkPurpose"),
        object("AccountAccess", &["..Account", "systems: [AccessToSystem]"]),
        object(
            "AccessToSystem",
            &["code", "title", "roles: texts", "trained_on: date or null", "mailbox: boolean", "releases: boolean"],
        ),
        of::<Team>("Team", &["code", "title", "department"]),
        object("TeamWithMembers", &["..Team", "members: integer"]),
    ]
}

fn signing_in() -> Vec<Shape> {
    vec![
        object("SignInWays", &["password: boolean", "open_id: boolean", "recovery_by_mail: boolean"]),
        object("Session", &["session", "until: date-time", "person", "name", "roles: [OperatorRole]"]),
        object("NextStep", &["needs: 'code'", "step"]),
        object("OpenIdWay", &["address", "binding"]),
        object("RecoveryBegun", &["sent"]),
        // An operator's token has a name and a role, and nothing of a person.
        object(
            "Me",
            &[
                "person: text or null",
                "name",
                "roles: [OperatorRole]",
                "email?",
                "tier?: Tier",
                "department?",
                "teams?: texts",
                "confirmed_on?: date",
                "review_due?: date or null",
                "signed_in?: date-time or null",
                "until?: date-time or null",
                "idle_seconds?: integer",
                "signed_in_by?: SignedInBy or null",
                "vetting?: Vetting or null",
                "to_accept?: ToAccept or null",
                "has_password?: boolean",
                "has_second_factor?: boolean",
                "recovery_codes_left?: integer",
            ],
        ),
        words::<SignedInBy>("SignedInBy"),
        object("SignedOut", &["signed_out: boolean", "address: text or null"]),
        object("SessionsEnded", &["sessions_ended: integer"]),
        object(
            "LinkOffer",
            &[
                "person",
                "name",
                "purpose: LinkPurpose",
                "needs_code: boolean",
                "secret: text or null",
                "otpauth: text or null",
            ],
        ),
        object("NewSession", &["..Session", "recovery_codes: texts"]),
        object("RecoveryCodes", &["recovery_codes: texts"]),
    ]
}
