//! What each kind of operation comes to.

use super::*;
use crate::testing::Fake;

fn all(action: &Fake) -> Value {
    input(action, &Wanted::everything()).expect("facts")
}

#[test]
fn sql_has_each_statement_and_all_of_them() {
    let mut action = Fake::sql(wit::StatementClass::Write, "delete")
        .label("env", "production")
        .group("ai");
    let mut other = action.sql.clone().unwrap_or_default();
    for statement in &mut other {
        statement.class = wit::StatementClass::Read;
        statement.operations = vec!["select".to_owned()];
        statement.unbounded_read = true;
        statement.columns_read = vec![wit::Column {
            table: "orders".to_owned(),
            name: "id".to_owned(),
        }];
    }
    action.sql.get_or_insert_default().extend(other);
    action.text = Some("DELETE FROM orders".to_owned());
    action.parameters = vec![wit::Parameter::Null, wit::Parameter::Text("1".to_owned())];

    let input = all(&action);
    assert_eq!(input["kind"], "sql");
    assert_eq!(input["principal"]["kind"], "agent");
    assert_eq!(input["principal"]["groups"], json!(["ai"]));
    assert_eq!(input["principal"].get("on_behalf_of"), None);
    assert_eq!(input["target"]["labels"]["env"], "production");
    assert_eq!(input["sql"]["class"], "write");
    assert_eq!(input["sql"]["operations"], json!(["delete", "select"]));
    assert_eq!(input["sql"]["unbounded_read"], true);
    assert_eq!(input["sql"]["unbounded_write"], false);
    assert_eq!(
        input["sql"]["columns_read"],
        json!([{"table": "orders", "name": "id"}])
    );
    assert_eq!(input["sql"]["statements"][1]["class"], "read");
    assert_eq!(input["parameters"][0], json!({"kind": "null"}));
    assert_eq!(input["clock"]["date"], "1970-01-01");
    assert_eq!(input.get("http"), None);
}

#[test]
fn an_http_request_has_lists_of_values_and_its_body() {
    let mut action = Fake::new("http");
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    action.http = Some(wit::HttpRequest {
        method: "POST".to_owned(),
        host: "api.example.com".to_owned(),
        path: "/orders".to_owned(),
        route: Some("/orders".to_owned()),
        query: vec![pair("a", "1"), pair("a", "2")],
        headers: vec![pair("accept", "*/*")],
    });
    action.body = Some(r#"{"total": 3}"#.to_owned());
    let input = all(&action);
    assert_eq!(input["http"]["query"], json!({"a": ["1", "2"]}));
    assert_eq!(input["http"]["route"], "/orders");
    assert_eq!(input["json"]["total"], 3);
    action.body = Some("total=3".to_owned());
    let input = all(&action);
    assert_eq!(
        (input["body"].as_str(), input.get("json")),
        (Some("total=3"), None)
    );
}

#[test]
fn a_tool_call_has_its_arguments_or_is_refused() {
    let mut action = Fake::new("tool_call");
    let call = |arguments: &str| wit::ToolCall {
        server: "github".to_owned(),
        tool: "merge".to_owned(),
        arguments: arguments.to_owned(),
        definition_changed: true,
    };
    action.tool_call = Some(call(r#"{"branch": "main"}"#));
    let facts = all(&action);
    assert_eq!(facts["tool_call"]["arguments"]["branch"], "main");
    assert_eq!(facts["tool_call"]["definition_changed"], true);
    action.tool_call = Some(call("{"));
    assert!(input(&action, &Wanted::everything()).is_err());
}

#[test]
fn a_command_line_has_each_command_and_all_of_them() {
    let mut action = Fake::new("shell");
    let command = |argv: &[&str], class, written: &[&str]| wit::ShellCommand {
        argv: argv.iter().map(|&a| a.to_owned()).collect(),
        class,
        paths_read: Vec::new(),
        paths_written: written.iter().map(|&p| p.to_owned()).collect(),
        hosts: Vec::new(),
    };
    action.shell = Some(vec![
        command(
            &["rm", "-rf", "/srv"],
            wit::StatementClass::Destructive,
            &["/srv"],
        ),
        command(&["ls"], wit::StatementClass::Read, &[]),
    ]);
    action.findings = vec![wit::Finding {
        entity: "EMAIL_ADDRESS".to_owned(),
        count: 2,
    }];
    let input = all(&action);
    assert_eq!(input["shell"]["class"], "destructive");
    assert_eq!(input["shell"]["programs"], json!(["ls", "rm"]));
    assert_eq!(input["shell"]["paths_written"], json!(["/srv"]));
    assert_eq!(input["shell"]["commands"][0]["argv"][1], "-rf");
    assert_eq!(input["findings"]["EMAIL_ADDRESS"], 2);
}

#[test]
fn nothing_is_fetched_that_is_not_named() {
    let syntax = crate::Syntax {
        root: "input",
        comment: "#",
        raw_quote: Some('`'),
    };
    let wanted = Wanted::read("input.target.name", syntax);
    let input = input(&Fake::new("sql"), &wanted).expect("facts");
    let names: Vec<&String> = input.as_object().expect("an object").keys().collect();
    assert_eq!(names, ["target"]);
}
