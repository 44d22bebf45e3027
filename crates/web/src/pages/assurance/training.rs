//! Training: one's own, the register, and the courses.

use axum::extract::Query;
use axum::response::Response;
use serde_json::json;

use super::blocks::{Blocks, Form as Asked};
use super::register::{report, tag, take_in};
use super::said::{Said, back_to};
use crate::api::part;
use crate::components::{Area, Cell, Choice, Days, Input, Select, Table};
use crate::error::WebError;
use crate::form::{Errors, Form};
use crate::listing::{self, Listing};
use crate::visitor::Person;

/// `GET /training`: what whoever has signed in has passed.
pub(super) async fn mine(person: Person) -> Result<Response, WebError> {
    let said: Said = person.api.get("/api/training/mine").await?;
    let rows = said.list("courses").into_iter().map(|entry| {
        vec![
            Cell::from(entry.text("course")),
            entry.day("passed_on").into(),
            entry.day("expires_on").into(),
            tag(&entry, "reminded").into(),
        ]
    });
    let mut blocks = Blocks::new(person.layout("My training").at("/training"));
    let table = Table::new(
        "What you have passed",
        &["Course", "Passed on", "Counts until", "State"],
        "The register knows of no course that you passed.",
    );
    blocks = blocks.part(table.rows(rows));
    if said.is("lapsing") {
        blocks = blocks.text(
            "Something has lapsed or soon will. What an agreement asks training for is refused to you then: take the \
             course again and have it entered.",
        );
    }
    let offered: Vec<String> = said.list("offered").iter().map(|course| course.text("title")).collect();
    if !offered.is_empty() {
        blocks = blocks.heading("Courses").points(offered);
    }
    Ok(blocks.page())
}

const REGISTER: &str = "/training/register";

/// `GET /training/register`.
pub(super) async fn register(person: Person, Query(query): Query<listing::Query>) -> Result<Response, WebError> {
    let listing = Listing::read(REGISTER, &["q", "lapsing"], &query);
    Ok(register_page(&person, &listing, &Form::default(), &Errors::default(), None).await?.page())
}

async fn register_page(
    person: &Person,
    listing: &Listing,
    form: &Form,
    errors: &Errors,
    imported: Option<&Said>,
) -> Result<Blocks, WebError> {
    let lapsing = listing.said("lapsing") == "true";
    let said: Said = person.api.get(&listing.call("/api/training/register")).await?;
    let next = said.text("next");
    let courses: Said = person.api.get("/api/training/courses").await?;
    let rows = said.list("items").into_iter().flat_map(|one| {
        let who = one.text("person");
        one.list("courses").into_iter().map(move |entry| {
            vec![
                who.clone().into(),
                entry.text("course").into(),
                entry.day("expires_on").into(),
                tag(&entry, "reminded").into(),
            ]
        })
    });
    let caption = if lapsing { "Lapsed, or ending soon" } else { "Everybody in the register" };
    let table = Table::new(caption, &["Person", "Course", "Counts until", "State"], "Nobody.").rows(rows);
    let layout = person.layout("Training register").at("/training/register").wide().with_errors(errors);
    let mut blocks = Blocks::new(layout);
    if let Some(imported) = imported {
        blocks = blocks.heading("The table was taken in").points(report(imported));
    }
    let search = listing.search("Search by id").choice("lapsing", "State", &[("true", "Lapsed, or ending soon")]);
    blocks = blocks
        .links([("/training/courses".to_owned(), "Courses")])
        .part(search)
        .part(table)
        .part(listing.paging(Some(&next)));
    Ok(forms(blocks, &courses, form, errors))
}

/// One person, or a table of many.
fn forms(blocks: Blocks, courses: &Said, form: &Form, errors: &Errors) -> Blocks {
    let choices = courses.list("items").iter().map(|one| Choice::new(one.text("code"), one.text("title"))).collect();
    blocks
        .form(
            Asked::to("/training/register")
                .heading("Enter one person")
                .part(Input::new("person", "Person’s id").code(false).width(20).filled(form, errors))
                .part(Select::new("course", "Course", choices).none("Choose a course").filled(form, errors))
                .part(Days::new("passed_on", "Passed on").filled(form, errors))
                .part(
                    Input::new("score", "Score")
                        .hint("Of 100; where there was a test")
                        .code(true)
                        .width(3)
                        .filled(form, errors),
                )
                .button("Enter", ""),
        )
        .form(
            Asked::to("/training/import")
                .heading("Take a table in")
                .part(
                    Area::new("table", "Table")
                        .hint("Comma-separated, with the heading course,person,passed_on,score. Paste it here.")
                        .rows(8)
                        .filled(form, errors),
                )
                .button("Take in", ""),
        )
}

/// `POST /training/register`.
pub(super) async fn enter(person: Person, form: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let who = errors.line(&form, "person", "the person’s id", 255);
    let course = errors.line(&form, "course", "the course", 64);
    let passed_on = errors.date(&form, "passed_on", "the day it was passed");
    let score = form.text("score");
    let score: Option<u8> = if score.is_empty() { None } else { score.parse().ok() };
    if score.is_none() && !form.text("score").is_empty() {
        errors.add("score", "Score must be a number from 0 to 100");
    }
    if errors.is_empty() {
        let path = format!("/api/training/register/{}/{}", part(&who), part(&course));
        match person.api.put(&path, &json!({"passed_on": passed_on, "score": score})).await {
            Ok(()) => return Ok(back_to("/training/register")),
            Err(WebError::Refused(problem)) if problem.status < 500 && problem.status != 403 => {
                errors = Errors::found(&problem, |_| None);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(register_page(&person, &Listing::whole(REGISTER), &form, &errors, None).await?.amiss())
}

/// `POST /training/import`.
pub(super) async fn import(person: Person, form: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let table = form.raw("table").to_owned();
    if table.trim().is_empty() {
        errors.add("table", "Enter the table");
        return Ok(register_page(&person, &Listing::whole(REGISTER), &form, &errors, None).await?.amiss());
    }
    match take_in(&person, "/api/training/import", table).await {
        Ok(imported) => {
            Ok(register_page(&person, &Listing::whole(REGISTER), &Form::default(), &errors, Some(&imported))
                .await?
                .page())
        }
        Err(WebError::Refused(problem)) if problem.status == 422 => {
            errors = Errors::found(&problem, |_| Some("table"));
            Ok(register_page(&person, &Listing::whole(REGISTER), &form, &errors, None).await?.amiss())
        }
        Err(error) => Err(error),
    }
}

/// `GET /training/courses`.
pub(super) async fn courses(person: Person) -> Result<Response, WebError> {
    Ok(courses_page(&person, &Form::default(), &Errors::default()).await?.page())
}

async fn courses_page(person: &Person, form: &Form, errors: &Errors) -> Result<Blocks, WebError> {
    let said: Said = person.api.get("/api/training/courses").await?;
    let rows = said.list("items").into_iter().map(|course| {
        let mark = Some(course.text("pass_mark")).filter(|mark| mark != "0").unwrap_or_else(|| "no test".to_owned());
        vec![
            Cell::from(course.text("title")),
            Cell::Code(course.text("code")),
            Cell::Number(course.text("valid_months")),
            Cell::Number(mark),
        ]
    });
    let table = Table::new("Courses", &["Course", "Code", "#Months", "#Pass mark"], "There are no courses yet.");
    let layout = person.layout("Courses").at("/training/register").back("/training/register").with_errors(errors);
    Ok(Blocks::new(layout).part(table.rows(rows)).form(
        Asked::to("/training/courses")
            .heading("Add a course, or change one")
            .part(Input::new("title", "Title").filled(form, errors))
            .part(
                Input::new("code", "Code")
                    .hint("As agreements name it, for example data-protection")
                    .code(false)
                    .width(20)
                    .filled(form, errors),
            )
            .part(Input::new("valid_months", "Counts for how many months").code(true).width(3).filled(form, errors))
            .part(
                Input::new("pass_mark", "Pass mark")
                    .hint("Of 100; leave it out where there is no test")
                    .code(true)
                    .width(3)
                    .filled(form, errors),
            )
            .button("Save", ""),
    ))
}

/// `POST /training/courses`.
pub(super) async fn save_course(person: Person, form: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let title = errors.line(&form, "title", "the title", 255);
    let code = errors.line(&form, "code", "the code", 64);
    let months: Option<u16> = form.text("valid_months").parse().ok();
    if months.is_none() {
        errors.add("valid_months", "Enter for how many months it counts");
    }
    let mark: Option<u8> =
        if form.text("pass_mark").is_empty() { Some(0) } else { form.text("pass_mark").parse().ok() };
    if mark.is_none() {
        errors.add("pass_mark", "Pass mark must be a number from 0 to 100");
    }
    if errors.is_empty() {
        let body = json!({"code": code, "title": title, "valid_months": months, "pass_mark": mark});
        match person.api.put(&format!("/api/training/courses/{}", part(&code)), &body).await {
            Ok(()) => return Ok(back_to("/training/courses")),
            Err(WebError::Refused(problem)) if problem.status < 500 && problem.status != 403 => {
                errors = Errors::found(&problem, |field| match field {
                    "title" => Some("title"),
                    "valid_months" => Some("valid_months"),
                    "pass_mark" => Some("pass_mark"),
                    _ => Some("code"),
                });
            }
            Err(error) => return Err(error),
        }
    }
    Ok(courses_page(&person, &form, &errors).await?.amiss())
}
