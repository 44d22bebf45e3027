//! One route: where it is, what it takes, what it gives.

/// One call of an API, with what handles it.
#[derive(Debug)]
pub struct Route<H> {
    /// Below the API's own path.
    pub path: &'static str,
    /// What a router is given.
    pub handler: H,
    pub(crate) method: &'static str,
    pub(crate) summary: &'static str,
    /// Members of the JSON body ([`Member`](crate::member::Member)).
    pub(crate) body: &'static [&'static str],
    /// The kind of the whole JSON body, where it is no plain object.
    pub(crate) takes: Option<&'static str>,
    /// Query parameters, in the same words; each may be left out.
    pub(crate) query: &'static [&'static str],
    /// What it answers when it is done.
    pub(crate) gives: Gives,
    /// The kind of the object, or of each item.
    pub(crate) answers: Option<&'static str>,
    /// Members beside the items.
    pub(crate) beside: &'static [&'static str],
    /// Whether it is for whoever has no token yet.
    pub(crate) open: bool,
}

/// What a call answers when it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gives {
    /// A JSON object.
    Object,
    /// The object of what was made, with status 201.
    Made,
    /// An object that says the work goes on, with status 202.
    Begun,
    /// An object with `items`.
    Items,
    /// A page: `items`, and `next` where it goes on.
    Page,
    /// A JSON array.
    Array,
    /// Nothing, with status 204.
    Nothing,
    /// An object, or with status 202 the step that comes next, of this kind.
    Stepwise(&'static str),
    /// A file of this media type.
    File(&'static str),
}

/// A call that takes nothing and gives an object.
pub fn route<H>(method: &'static str, path: &'static str, handler: H, summary: &'static str) -> Route<H> {
    Route {
        path,
        handler,
        method,
        summary,
        body: &[],
        takes: None,
        query: &[],
        gives: Gives::Object,
        answers: None,
        beside: &[],
        open: false,
    }
}

impl<H> Route<H> {
    /// What a generated client calls it (`operationId`): its method and the way to it, `post_agreements_by_id_sign`.
    pub(crate) fn name(&self) -> String {
        let mut name = self.method.to_owned();
        for part in self.path.split('/').filter(|part| !part.is_empty()) {
            let parameter = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
            name.push_str(if parameter.is_some() { "_by_" } else { "_" });
            name.push_str(&parameter.unwrap_or(part).replace(['-', '.'], "_"));
        }
        name
    }

    /// With what it stands together (`tags`): the first word of the way to it.
    pub(crate) fn tag(&self) -> &'static str {
        self.path.split('/').nth(1).unwrap_or_default()
    }

    /// The members of its JSON body.
    #[must_use]
    pub fn body(self, body: &'static [&'static str]) -> Self {
        Self { body, ..self }
    }

    /// The body as a whole is of this kind.
    #[must_use]
    pub fn takes(self, kind: &'static str) -> Self {
        Self { takes: Some(kind), ..self }
    }

    /// The parameters of its query.
    #[must_use]
    pub fn query(self, query: &'static [&'static str]) -> Self {
        Self { query, ..self }
    }

    /// What it answers when it is done.
    #[must_use]
    pub fn gives(self, gives: Gives) -> Self {
        Self { gives, ..self }
    }

    /// The kind of the object, or of each item.
    #[must_use]
    pub fn answers(self, kind: &'static str) -> Self {
        Self { answers: Some(kind), ..self }
    }

    /// Members beside the items.
    #[must_use]
    pub fn beside(self, members: &'static [&'static str]) -> Self {
        Self { beside: members, ..self }
    }

    /// For whoever has no token yet.
    #[must_use]
    pub fn open(self) -> Self {
        Self { open: true, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_has_a_name_that_is_an_identifier_and_stands_with_its_like() {
        let route = route("post", "/access-review/{id}/confirm", (), "");
        assert_eq!((route.name().as_str(), route.tag()), ("post_access_review_by_id_confirm", "access-review"));
        assert_eq!(super::route("get", "/openapi.json", (), "").name(), "get_openapi_json");
    }
}
