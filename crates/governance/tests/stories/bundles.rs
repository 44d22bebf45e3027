//! Agreements between gateways: proposed here, signed there, and what each may send the other.

use packhorse_governance::agreements::{Agreements, read_bundle};
use packhorse_governance::{Ask, GovernanceError, Verdict};
use packhorse_model::agreement::{Act, AgreementBundle, State};
use packhorse_model::{CanonicalPath, Rule, Side};

use crate::town::{
    BOROUGH, COUNTY, Gateway, POLICE, STRANGER, SUMMER, Town, at, blue_badge, gateway, leave, organisation, signed,
};

/// The bundle as it arrives: through bytes.
async fn send(town: &Town, bundle: &AgreementBundle, to: &Gateway, minute: i64) -> packhorse_governance::Outcome {
    let bytes = serde_json::to_vec(bundle).unwrap();
    let outcome = to.agreements.import(read_bundle(&bytes).unwrap(), town, at(minute)).await.unwrap();
    assert_eq!(outcome.rejected, []);
    outcome
}

async fn sign(
    town: &Town,
    at_gateway: &Gateway,
    id: &str,
    digest: &packhorse_model::AgreementDigest,
    minute: i64,
) -> AgreementBundle {
    let hand = town.hand(id, at(minute));
    at_gateway.agreements.sign(digest, "A Person", "director", "delegation", leave(), hand).await.unwrap().bundle
}

/// Proposed by the county, signed by all three, known to county and borough.
async fn in_force(town: &Town, county: &Gateway, borough: &Gateway) -> packhorse_model::AgreementDigest {
    let sent = county.agreements.propose(&blue_badge(), town.hand(COUNTY, at(0))).await.unwrap();
    assert_eq!(sent.to, [organisation(BOROUGH), organisation(POLICE)]);
    let digest = sent.held.digest();
    send(town, &sent.bundle, borough, 1).await;
    send(town, &sign(town, county, COUNTY, &digest, 2).await, borough, 3).await;
    send(town, &sign(town, borough, BOROUGH, &digest, 4).await, county, 5).await;
    let text = county.agreements.find(&digest).unwrap().text().clone();
    let police = town.event(&text, POLICE, signed("C"), at(6));
    let bundle = AgreementBundle { texts: vec![], statements: vec![police] };
    for gateway in [county, borough] {
        assert!(send(town, &bundle, gateway, 7).await.changed());
        assert!(!send(town, &bundle, gateway, 8).await.changed());
    }
    digest
}

#[tokio::test]
async fn three_parties_bring_an_agreement_into_force_and_one_stops_it() {
    let (town, county, borough) = (Town::new(), gateway(COUNTY).await, gateway(BOROUGH).await);
    let digest = in_force(&town, &county, &borough).await;
    for gateway in [&county, &borough] {
        let held = gateway.agreements.in_force(&blue_badge().id, SUMMER).unwrap();
        assert_eq!((held.digest(), held.state_on(SUMMER)), (digest, State::Active));
    }
    let stop =
        borough.agreements.suspend(&digest, "a breach is looked into", town.hand(BOROUGH, at(20))).await.unwrap();
    assert_eq!(stop.held.state_on(SUMMER), State::Suspended);
    send(&town, &stop.bundle, &county, 21).await;
    assert_eq!(county.agreements.find(&digest).unwrap().state_on(SUMMER), State::Suspended);
    let refused = county.agreements.resume(&digest, leave(), town.hand(COUNTY, at(22))).await.unwrap_err();
    assert!(refused.to_string().contains("only the party that suspended"), "{refused}");
    // The borough's clock was set back meanwhile; its word is still its latest.
    let go = borough.agreements.resume(&digest, leave(), town.hand(BOROUGH, at(19))).await.unwrap();
    send(&town, &go.bundle, &county, 24).await;
    assert_eq!(county.agreements.find(&digest).unwrap().state_on(SUMMER), State::Active);
}

#[tokio::test]
async fn a_request_is_decided_under_the_agreement_it_names_or_the_one_that_fits() {
    let (town, county, borough) = (Town::new(), gateway(COUNTY).await, gateway(BOROUGH).await);
    in_force(&town, &county, &borough).await;
    let (client, stranger) = ("TEST/LOC/borough/parking".parse().unwrap(), "TEST/LOC/stranger/x".parse().unwrap());
    let (service, path) = ("TEST/LOC/county/badges/lookup".parse().unwrap(), CanonicalPath::parse("/lookup").unwrap());
    let ask = Ask {
        side: Side::Outbound,
        client: &client,
        service: &service,
        method: "POST",
        path: &path,
        purpose: Some("badge-check"),
        role: Some("parking-officer"),
        trained_on: Some(SUMMER),
        fields: None,
        used_today: 0,
        today: SUMMER,
        client_assured: true,
        provider_assured: true,
    };
    let decide = |named: Option<&str>, ask: &Ask<'_>| {
        let named = named.map(|id| id.parse().unwrap());
        let (held, decision) = borough.agreements.decide(named.as_ref(), ask);
        let rule = match decision.verdict {
            Verdict::Permit { .. } => None,
            Verdict::Deny(refusal) => Some(refusal.rule),
        };
        (held.map(|held| held.agreement().version), rule)
    };
    assert_eq!(decide(Some("blue-badge-2026"), &ask), (Some(1), None));
    assert_eq!(decide(None, &ask), (Some(1), None));
    assert_eq!(decide(Some("another"), &ask), (None, Some(Rule::NoAgreement)));
    assert_eq!(decide(None, &Ask { client: &stranger, ..ask.clone() }), (None, Some(Rule::NoAgreement)));
    assert_eq!(
        decide(Some("blue-badge-2026"), &Ask { client: &stranger, ..ask.clone() }),
        (Some(1), Some(Rule::Party))
    );
    let text = packhorse_governance::explain::explain(&borough.agreements, None, &Ask { purpose: None, ..ask.clone() });
    for line in [
        "refused by rule purpose",
        "state one of these as purpose: badge-check",
        "who may use",
        "training no older than 12",
    ] {
        assert!(text.contains(line), "{line} not in\n{text}");
    }
}

#[tokio::test]
async fn a_new_version_takes_over_on_its_first_day_and_the_old_one_does_not_come_back() {
    let (town, county, borough) = (Town::new(), gateway(COUNTY).await, gateway(BOROUGH).await);
    let first = in_force(&town, &county, &borough).await;
    let mut next = blue_badge();
    next.version = 2;
    next.life.start_date = Some(jiff::civil::date(2026, 8, 1));
    let sent = borough.agreements.propose(&next, town.hand(BOROUGH, at(30))).await.unwrap();
    let second = sent.held.digest();
    send(&town, &sent.bundle, &county, 31).await;
    send(&town, &sign(&town, &borough, BOROUGH, &second, 32).await, &county, 33).await;
    sign(&town, &county, COUNTY, &second, 34).await;
    let police = town.event(sent.held.text(), POLICE, signed("C"), at(35));
    send(&town, &AgreementBundle { texts: vec![], statements: vec![police] }, &county, 36).await;
    let states = |day| [first, second].map(|digest| county.agreements.find(&digest).unwrap().state_on(day));
    assert_eq!(states(jiff::civil::date(2026, 7, 31)), [State::Active, State::Agreed]);
    assert_eq!(states(jiff::civil::date(2026, 8, 1)), [State::Superseded, State::Active]);
    county.agreements.suspend(&second, "a fault", town.hand(COUNTY, at(40))).await.unwrap();
    assert_eq!(states(jiff::civil::date(2026, 8, 1)), [State::Superseded, State::Suspended]);
    assert!(county.agreements.in_force(&next.id, jiff::civil::date(2026, 8, 1)).is_none());
}

#[tokio::test]
async fn two_texts_of_one_version_are_never_both_signed() {
    let (town, county) = (Town::new(), gateway(COUNTY).await);
    let mut other = blue_badge();
    other.grants[0].per_day = Some(5);
    let one = county.agreements.propose(&blue_badge(), town.hand(COUNTY, at(0))).await.unwrap().held.digest();
    let two = county.agreements.propose(&other, town.hand(COUNTY, at(1))).await.unwrap().held.digest();
    sign(&town, &county, COUNTY, &one, 2).await;
    let hand = town.hand(COUNTY, at(3));
    let refused = county.agreements.sign(&two, "A", "B", "C", leave(), hand).await.unwrap_err();
    assert!(refused.to_string().contains("another text of the same version"), "{refused}");
    county.agreements.withdraw(&one, town.hand(COUNTY, at(4))).await.unwrap();
    county.agreements.sign(&two, "A", "B", "C", leave(), town.hand(COUNTY, at(5))).await.unwrap();
}

async fn refused(town: &Town, to: &Gateway, bundle: AgreementBundle) -> GovernanceError {
    let error = to.agreements.import(bundle, town, at(90)).await.unwrap_err();
    assert!(to.agreements.list().iter().all(|held| held.agreement().version == 1), "{error}");
    error
}

#[tokio::test]
async fn what_a_gateway_does_not_take_in() {
    let (town, county, borough) = (Town::new(), gateway(COUNTY).await, gateway(BOROUGH).await);
    let text = blue_badge().to_text().unwrap();
    let proposed = town.event(&text, COUNTY, Act::Proposed, at(0));
    let bundle = |text: &packhorse_model::agreement::AgreementText, statements| AgreementBundle {
        texts: vec![text.clone()],
        statements,
    };

    let outsider = gateway(STRANGER).await;
    let error = refused(&town, &outsider, bundle(&text, vec![proposed.clone()])).await;
    assert!(matches!(error, GovernanceError::NotParty(_)), "{error}");
    let error = refused(&town, &county, bundle(&text, vec![town.event(&text, COUNTY, signed("A"), at(1))])).await;
    assert!(error.to_string().contains("no party proposed"), "{error}");
    let forged = town.forged(&text, COUNTY, STRANGER, Act::Proposed, at(1));
    let error = refused(&town, &county, bundle(&text, vec![forged])).await;
    assert!(error.to_string().contains("no party proposed"), "{error}");
    let mut incomplete = blue_badge();
    incomplete.law.necessity.clear();
    let incomplete = incomplete.to_text().unwrap();
    let error =
        refused(&town, &county, bundle(&incomplete, vec![town.event(&incomplete, COUNTY, Act::Proposed, at(1))])).await;
    assert!(matches!(&error, GovernanceError::Incomplete(findings) if findings[0].field == "law.necessity"), "{error}");

    in_force(&town, &county, &borough).await;
    let mut taken_over = blue_badge();
    taken_over.version = 2;
    taken_over.parties[2].organisation = organisation(STRANGER);
    taken_over.grants[0].to.retain(|client| client.organisation() != &organisation(POLICE));
    let taken_over = taken_over.to_text().unwrap();
    let error =
        refused(&town, &county, bundle(&taken_over, vec![town.event(&taken_over, STRANGER, Act::Proposed, at(50))]))
            .await;
    assert!(error.to_string().contains("no party to an earlier version"), "{error}");
    let mut rewritten = blue_badge();
    rewritten.grants[0].per_day = None;
    let rewritten = rewritten.to_text().unwrap();
    let error =
        refused(&town, &county, bundle(&rewritten, vec![town.event(&rewritten, BOROUGH, Act::Proposed, at(50))])).await;
    assert!(error.to_string().contains("is signed by everybody"), "{error}");
}

#[tokio::test]
async fn statements_that_do_not_count_are_left_out_and_named() {
    let (town, county) = (Town::new(), gateway(COUNTY).await);
    let text = blue_badge().to_text().unwrap();
    let statements = vec![
        town.event(&text, BOROUGH, Act::Proposed, at(0)),
        town.event(&text, BOROUGH, signed("B"), at(1)),
        town.forged(&text, POLICE, BOROUGH, signed("C"), at(2)),
        town.event(&text, STRANGER, signed("S"), at(3)),
    ];
    let bundle = AgreementBundle { texts: vec![text.clone()], statements };
    let outcome = county.agreements.import(bundle, &town, at(5)).await.unwrap();
    assert_eq!((outcome.new_texts.len(), outcome.new_statements, outcome.rejected.len()), (1, 2, 2));
    let held = county.agreements.find(&text.digest()).unwrap();
    assert_eq!(held.standing().signed().keys().map(ToString::to_string).collect::<Vec<_>>(), [BOROUGH]);
}

#[tokio::test]
async fn a_party_that_talks_without_end_is_cut_short_but_may_still_end_it() {
    let (town, county) = (Town::new(), gateway(COUNTY).await);
    let text = blue_badge().to_text().unwrap();
    let mut statements = vec![town.event(&text, BOROUGH, Act::Proposed, at(0))];
    statements.extend((1..150).map(|minute| town.event(&text, BOROUGH, Act::Resumed, at(minute))));
    statements.push(town.event(&text, BOROUGH, Act::Ended { reason: "enough".into() }, at(150)));
    let bundle = AgreementBundle { texts: vec![text.clone()], statements };
    let outcome = county.agreements.import(bundle, &town, at(151)).await.unwrap();
    assert_eq!((outcome.new_statements, outcome.rejected.len()), (101, 50));
    assert_eq!(county.agreements.find(&text.digest()).unwrap().state_on(SUMMER), State::Ended);
}

#[tokio::test]
async fn two_processes_on_one_store_see_each_other_s_acts_and_a_restart_forgets_nothing() {
    let (town, county, borough) = (Town::new(), gateway(COUNTY).await, gateway(BOROUGH).await);
    let second = Agreements::open(county.store.clone(), organisation(COUNTY)).await.unwrap();
    let digest = in_force(&town, &county, &borough).await;
    assert!(second.find(&digest).is_none());
    assert!(second.refresh_if_changed().await.unwrap());
    assert_eq!(second.find(&digest).unwrap().state_on(SUMMER), State::Active);
    assert!(!second.refresh_if_changed().await.unwrap());
    county.store.documents().put("something-else", "x", 1, b"{}", None).await.unwrap();
    assert!(!second.refresh_if_changed().await.unwrap());
    let restarted = Agreements::open(county.store.clone(), organisation(COUNTY)).await.unwrap();
    assert_eq!(restarted.bundle(&digest).unwrap(), second.bundle(&digest).unwrap());
}

#[tokio::test]
async fn a_draft_is_kept_as_it_was_written() {
    let county = gateway(COUNTY).await;
    let toml = include_str!("blue-badge.toml");
    let agreement = county.agreements.draft(toml).await.unwrap();
    assert_eq!(county.agreements.draft_text(&agreement.id).await.unwrap().as_deref(), Some(toml));
    assert_eq!(county.agreements.drafts().await.unwrap(), [toml]);
    assert!(county.agreements.draft("version = 1").await.is_err());
    assert!(county.agreements.drop_draft(&agreement.id).await.unwrap());
    assert!(county.agreements.drafts().await.unwrap().is_empty());
}
