//! What judges every answer that a story gets from a management API, judged itself.

use serde_json::{Value, json};

use crate::network::http::Answer;
use crate::network::http::described::findings;

#[test]
fn an_answer_that_is_not_as_described_is_found() {
    let road = json!({"oneOf": [
        {"type": "object", "required": ["by"], "properties": {"by": {"enum": ["land"]}, "wheels": {"type": "integer"}}},
        {"type": "object", "required": ["by"], "properties": {"by": {"enum": ["water"]}}},
    ]});
    let load = json!({"type": "object", "required": ["weight", "due"], "properties": {
        "weight": {"type": "integer", "minimum": 0}, "due": {"type": "string", "format": "date", "nullable": true},
        "road": {"$ref": "#/components/schemas/Road"}, "marks": {"type": "array", "items": {"enum": ["a", "b"]}},
    }});
    let done = json!({"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Load"}}}}});
    let document = json!({"paths": {"/api/loads/{id}": {"get": {"responses": done}}},
                          "components": {"schemas": {"Load": load, "Road": road}}});
    let found = |status, body: Value| {
        let answer = Answer { status, headers: Vec::new(), body: body.to_string().into_bytes() };
        findings(&document, "GET", "/api/loads/7", &answer)
    };
    let whole = json!({"weight": 3, "due": null, "road": {"by": "land", "wheels": 2}, "marks": ["a"]});
    assert_eq!(found(200, whole), [""; 0]);
    for (body, said) in [
        (json!({"due": null}), "weight: it is promised and not there"),
        (json!({"weight": 3, "due": null, "colour": "red"}), "colour: it is not in the document"),
        (json!({"weight": -3, "due": null}), "weight: -3 is below its least"),
        (json!({"weight": "3", "due": null}), "weight: it is no integer"),
        (json!({"weight": 3, "due": "soon"}), "due: it is no \"date\""),
        (json!({"weight": 3, "due": null, "marks": ["c"]}), "marks[0]: \"c\" is none of its words"),
        (
            json!({"weight": 3, "due": null, "road": {"by": "water", "wheels": 2}}),
            "road.wheels: it is not in the document",
        ),
        (json!([]), "the whole: it is no object"),
    ] {
        assert_eq!(found(200, body), [said]);
    }
    assert_eq!(found(201, json!({})), ["the status is not in it"]);
}
