//! An agreement as Cedar policies: one small set per grant, so that a decision's time does not grow
//! with the number of agreements, nor of grants.
//!
//! Compiled once per text and kept. Nothing is parsed and no JSON is made when a request is decided.

use std::collections::{HashMap, HashSet};
use std::str::FromStr;
use std::sync::Arc;

use cedar_policy::{
    Authorizer, Context, Decision as CedarDecision, Entities, Entity, EntityId, EntityTypeName, EntityUid, Policy,
    PolicyId, PolicySet, Request, Response, RestrictedExpression, Schema, ValidationMode, Validator,
};
use jiff::civil::Date;
use packhorse_model::agreement::{Agreement, AgreementText, Grant, check};
use packhorse_model::service::FieldSet;
use packhorse_model::{AgreementDigest, ClientId};

use super::policy_text::{self, Condition, SCHEMA};
use crate::{GovernanceError, Result};

/// Turns agreements into policies. Holds the schema that they are validated against.
pub struct Compiler {
    schema: Schema,
    kinds: Arc<Kinds>,
}

/// Names of the schema, parsed once.
struct Kinds {
    organisation: EntityTypeName,
    system: EntityTypeName,
    service: EntityTypeName,
    share: EntityUid,
}

/// An agreement's text made ready for decisions.
pub struct CompiledAgreement {
    text: AgreementText,
    digest: AgreementDigest,
    grants: Vec<CompiledGrant>,
    policy_text: String,
    authorizer: Authorizer,
    kinds: Arc<Kinds>,
}

/// One grant's policies.
struct CompiledGrant {
    policies: PolicySet,
    resource: EntityUid,
    /// The callers that the grant names, made ready; others are made when they ask, to be told no.
    principals: HashMap<ClientId, Principal>,
    conditions: Vec<(PolicyId, Condition)>,
    fields: Arc<FieldSet>,
}

/// A caller in Cedar's terms: who it is, and what it belongs to.
struct Principal {
    uid: EntityUid,
    entities: Entities,
}

/// What one grant's policies say about a request.
pub(crate) struct Judgement<'a> {
    /// Whether the grant permits it.
    pub(crate) allowed: bool,
    /// A policy could not be evaluated: nothing may be concluded but "no".
    pub(crate) broken: bool,
    /// Every condition, and whether it holds.
    pub(crate) conditions: Vec<(Ruled<'a>, bool)>,
}

/// A condition as a reader sees it.
pub(crate) struct Ruled<'a> {
    pub(crate) rule: packhorse_model::Rule,
    pub(crate) reason: &'a str,
    pub(crate) remedy: &'a str,
    pub(crate) held: &'static str,
}

impl Compiler {
    /// Reads the schema.
    ///
    /// # Errors
    /// [`GovernanceError::Policy`] when this build's own schema is broken.
    pub fn new() -> Result<Self> {
        let (schema, _) = Schema::from_cedarschema_str(SCHEMA).map_err(policy)?;
        let kind = |name: &str| EntityTypeName::from_str(name).map_err(policy);
        let action = kind("Action")?;
        let kinds = Kinds {
            organisation: kind("Organisation")?,
            system: kind("System")?,
            service: kind("Service")?,
            share: EntityUid::from_type_name_and_id(action, EntityId::new("share")),
        };
        Ok(Self { schema, kinds: Arc::new(kinds) })
    }

    /// Compiles a text and validates the policies in strict mode.
    ///
    /// # Errors
    /// [`GovernanceError::Incomplete`] when the agreement could not even be proposed,
    /// [`GovernanceError::Policy`] when a policy is not valid.
    pub fn compile(&self, text: AgreementText) -> Result<CompiledAgreement> {
        let findings = check(text.agreement());
        if !findings.is_empty() {
            return Err(GovernanceError::Incomplete(findings));
        }
        let agreement = text.agreement();
        let mut grants = Vec::with_capacity(agreement.grants.len());
        let mut policy_text = String::new();
        for (index, grant) in agreement.grants.iter().enumerate() {
            let (compiled, written) = self.grant(agreement, index, grant)?;
            policy_text.push_str(&format!("// grant {index}\n{written}\n"));
            grants.push(compiled);
        }
        let digest = text.digest();
        let kinds = Arc::clone(&self.kinds);
        Ok(CompiledAgreement { text, digest, grants, policy_text, authorizer: Authorizer::new(), kinds })
    }

    fn grant(&self, agreement: &Agreement, index: usize, grant: &Grant) -> Result<(CompiledGrant, String)> {
        let mut written = policy_text::permit(index, grant);
        let mut policies = PolicySet::new();
        let permit = Policy::parse(Some(PolicyId::new("permit")), &written).map_err(policy)?;
        policies.add(permit).map_err(policy)?;
        let mut conditions = Vec::new();
        for condition in policy_text::conditions(agreement, grant) {
            let (id, source) = (PolicyId::new(condition.id), condition.policy());
            policies.add(Policy::parse(Some(id.clone()), &source).map_err(policy)?).map_err(policy)?;
            written.push_str(&source);
            conditions.push((id, condition));
        }
        let validation = Validator::new(self.schema.clone()).validate(&policies, ValidationMode::Strict);
        if let Some(error) = validation.validation_errors().next() {
            return Err(policy(error));
        }
        let ready = |client: &ClientId| Some((client.clone(), self.kinds.principal(client)?));
        let principals = grant.to.iter().filter_map(ready).collect();
        let resource = uid(&self.kinds.service, &grant.service.to_string());
        let fields = Arc::new(grant.fields.clone());
        Ok((CompiledGrant { policies, resource, principals, conditions, fields }, written))
    }
}

/// The facts of a request that policies look at.
pub(crate) struct Facts<'a> {
    pub(crate) state: &'a str,
    pub(crate) today: Date,
    pub(crate) client_assured: bool,
    pub(crate) provider_assured: bool,
    pub(crate) operation: Option<String>,
    pub(crate) purpose: Option<&'a str>,
    pub(crate) role: Option<&'a str>,
    pub(crate) training_age: Option<i64>,
    pub(crate) fields: Option<&'a FieldSet>,
    pub(crate) used_today: u64,
}

impl CompiledAgreement {
    /// The agreement.
    #[must_use]
    pub fn agreement(&self) -> &Agreement {
        self.text.agreement()
    }

    /// The exact text that was compiled.
    #[must_use]
    pub fn text(&self) -> &AgreementText {
        &self.text
    }

    /// The digest of the text.
    #[must_use]
    pub fn digest(&self) -> AgreementDigest {
        self.digest
    }

    /// The Cedar policies, as people read them.
    #[must_use]
    pub fn policy_text(&self) -> &str {
        &self.policy_text
    }

    /// What a grant gives.
    pub(crate) fn fields(&self, grant: usize) -> Option<&Arc<FieldSet>> {
        self.grants.get(grant).map(|grant| &grant.fields)
    }

    /// Asks one grant's policies.
    pub(crate) fn judge(&self, grant: usize, client: &ClientId, facts: &Facts<'_>) -> Judgement<'_> {
        let nothing = Judgement { allowed: false, broken: true, conditions: Vec::new() };
        let Some(grant) = self.grants.get(grant) else { return nothing };
        let Some(response) = self.ask(grant, client, facts) else { return nothing };
        let diagnostics = response.diagnostics();
        // Cedar passes over a policy that fails, a forbid too: then nothing may be concluded.
        let broken = diagnostics.errors().next().is_some();
        let allowed = response.decision() == CedarDecision::Allow && !broken;
        // When nothing forbids, the reasons are the permit's.
        let forbidding: HashSet<&PolicyId> = if allowed { HashSet::new() } else { diagnostics.reason().collect() };
        let holds = |(id, _): &(PolicyId, Condition)| !forbidding.contains(id);
        let conditions = grant.conditions.iter().map(|pair| (Ruled::from(&pair.1), holds(pair))).collect();
        Judgement { allowed, broken, conditions }
    }

    fn ask(&self, grant: &CompiledGrant, client: &ClientId, facts: &Facts<'_>) -> Option<Response> {
        let made;
        let principal = match grant.principals.get(client) {
            Some(principal) => principal,
            None => {
                made = self.kinds.principal(client)?;
                &made
            }
        };
        let context = Context::from_pairs(facts.pairs()).ok()?;
        let (uid, share, resource) = (principal.uid.clone(), self.kinds.share.clone(), grant.resource.clone());
        let request = Request::new(uid, share, resource, context, None).ok()?;
        Some(self.authorizer.is_authorized(&request, &grant.policies, &principal.entities))
    }
}

impl Kinds {
    fn principal(&self, client: &ClientId) -> Option<Principal> {
        let organisation = uid(&self.organisation, &client.organisation().to_string());
        let Some(system) = client.system() else {
            return Some(Principal { uid: organisation, entities: Entities::empty() });
        };
        let system = uid(&self.system, &system.to_string());
        let entity = Entity::new_no_attrs(system.clone(), HashSet::from([organisation]));
        Some(Principal { uid: system, entities: Entities::from_entities([entity], None).ok()? })
    }
}

impl Facts<'_> {
    fn pairs(&self) -> Vec<(String, RestrictedExpression)> {
        use RestrictedExpression as Value;
        let text = |text: &str| Value::new_string(text.to_owned());
        let mut pairs = Vec::with_capacity(10);
        let mut put = |name: &str, value| pairs.push((name.to_owned(), value));
        put("state", text(self.state));
        put("today", Value::new_long(day_number(self.today)));
        put("client_assured", Value::new_bool(self.client_assured));
        put("provider_assured", Value::new_bool(self.provider_assured));
        put("used_today", Value::new_long(i64::try_from(self.used_today).unwrap_or(i64::MAX)));
        for (name, value) in [("operation", self.operation.as_deref()), ("purpose", self.purpose), ("role", self.role)]
        {
            if let Some(value) = value {
                put(name, text(value));
            }
        }
        if let Some(age) = self.training_age {
            put("training_age", Value::new_long(age));
        }
        if let Some(fields) = self.fields {
            put("fields", Value::new_set(fields.iter().map(|field| text(&field.0))));
        }
        pairs
    }
}

impl<'a> From<&'a Condition> for Ruled<'a> {
    fn from(condition: &'a Condition) -> Self {
        Self { rule: condition.rule, reason: &condition.reason, remedy: &condition.remedy, held: condition.held }
    }
}

/// A day as a number that reads like the date: 20260401.
pub(super) fn day_number(day: Date) -> i64 {
    i64::from(day.year()) * 10_000 + i64::from(day.month()) * 100 + i64::from(day.day())
}

fn uid(kind: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
}

fn policy(error: impl std::fmt::Display) -> GovernanceError {
    GovernanceError::Policy(error.to_string())
}

impl std::fmt::Debug for CompiledAgreement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CompiledAgreement").field("digest", &self.digest).finish_non_exhaustive()
    }
}
