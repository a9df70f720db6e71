//! What a permit's names stand for: applications and groups, found exactly once or not at all.

use serde_json::{Map, Value, json};

use super::answers;
use super::capability::{is_guid, is_nil};
use super::document::Document;
use super::permit::{forbidden, unknown};
use super::{Organization, ThreatLocker};
use crate::model::{
    Grounds, ListedApplication, ListedGroup, Permit, PermitApplication, PermitMode, PermitScope,
    ReadError, ReadErrorKind,
};
use crate::vendors::Eyes;
use crate::vendors::http::Inquiry;

/// What the candidates come to.
enum Found<T> {
    One(T),
    None,
    /// So many.
    Several(usize),
    /// The list says different things of one id.
    Twice,
}

/// Looks up what a permit names, for the request of this document.
///
/// # Errors
/// When a list could not be read; what research says is left out instead.
pub(super) async fn grounds(
    queue: &ThreatLocker,
    organization: &Organization,
    document: &Document,
    permit: &Permit,
) -> Result<Grounds, ReadError> {
    let ask = Asking {
        queue,
        organization,
        document,
    };
    let mut found = Grounds {
        obstacles: document.request.obstacles.clone(),
        ..Grounds::default()
    };
    found
        .obstacles
        .extend(forbidden(permit, document, queue.eyes));
    found.unproven = unknown(permit, queue.eyes);
    ask.application(permit, &mut found).await?;
    if let PermitScope::Group(named) = &permit.scope {
        ask.group(named, &mut found).await?;
    }
    if let Some(application) = &found.application {
        found.research = ask.research(&application.id).await;
    }
    Ok(found)
}

struct Asking<'a> {
    queue: &'a ThreatLocker,
    organization: &'a Organization,
    document: &'a Document,
}

impl Asking<'_> {
    async fn objects(
        &self,
        path: &'static str,
        query: Vec<(&'static str, String)>,
        body: Option<Value>,
    ) -> Result<Vec<Map<String, Value>>, ReadError> {
        let inquiry = Inquiry {
            path,
            query,
            body,
            organization: self.organization.0.clone(),
            limit: self.queue.http.settings().body_limit.page,
        };
        let reply = self.queue.http.inquire(&inquiry).await;
        let objects = reply.and_then(|reply| answers::objects(&inquiry, &reply));
        objects.map_err(|why| match self.queue.eyes {
            Eyes::OfDecider => why,
            Eyes::OfAnother => ReadError {
                what: format!(
                    "{}, asked as the user of `credentials`, not of `write-credentials`",
                    why.what
                ),
                ..why
            },
        })
    }

    async fn application(&self, permit: &Permit, found: &mut Grounds) -> Result<(), ReadError> {
        let (list, named) = match &permit.application {
            PermitApplication::New(_) => return Ok(()),
            PermitApplication::Matching(named) => (self.matching().await?, named.as_deref()),
            PermitApplication::Existing(named) => {
                (self.existing(named).await?, Some(named.as_str()))
            }
        };
        let fits = |one: &ListedApplication| {
            named.is_none_or(|named| one.id.eq_ignore_ascii_case(named) || one.label == named)
        };
        let word = named.map_or_else(|| "the file".to_owned(), |named| format!("{named:?}"));
        // What has no id cannot be named in a permit.
        let has_id = |one: &ListedApplication| !one.id.is_empty();
        let fitting = list.into_iter().filter(has_id).filter(fits);
        let why = match one(fitting, |one| &one.id) {
            Found::One(one) => {
                if permit.mode != PermitMode::Rules {
                    self.maintained(&one, found).await?;
                }
                found.application = Some(one);
                return Ok(());
            }
            Found::None => format!("no application matches {word}"),
            Found::Several(many) => {
                format!("{many} applications match {word}; name one by its id")
            }
            Found::Twice => format!(
                "the application that matches {word} is listed twice, each time otherwise: permit it in the portal"
            ),
        };
        found.obstacles.push(why);
        Ok(())
    }

    /// Whether an application can be used with a mode: a list that takes permissions which a mere reader may lack.
    async fn maintained(
        &self,
        one: &ListedApplication,
        found: &mut Grounds,
    ) -> Result<(), ReadError> {
        match self.may_be_maintained(one).await {
            Ok(true) => {}
            Ok(false) => found
                .obstacles
                .push("the application cannot be used with a maintenance mode".to_owned()),
            Err(why)
                if self.queue.eyes == Eyes::OfAnother && why.kind == ReadErrorKind::Refused =>
            {
                found.unproven.push(
                    "whether the application can be used with a maintenance mode: the user of `credentials` may not list those that can".to_owned(),
                );
            }
            Err(why) => return Err(why),
        }
        Ok(())
    }

    /// `ApplicationGetMatchingList`, with all that identifies the file.
    async fn matching(&self) -> Result<Vec<ListedApplication>, ReadError> {
        let file = |name| self.document.text(&["fileDetails", name]);
        let body = json!({
            "hash": file("hash"),
            "sha256": file("sha256"),
            "path": file("fullPath"),
            "processPath": file("processPath"),
            "certs": self.document.list(&["fileDetails", "certificates"]),
            "createdBys": self.document.list(&["fileDetails", "createdByProcesses"]),
            "osType": self.document.os(),
        });
        let path = "/Application/ApplicationGetMatchingList";
        let answers = self.objects(path, Vec::new(), Some(body)).await?;
        let lists = answers
            .iter()
            .filter_map(|answer| answer.get("matchingApplications")?.as_array());
        let rows = lists.flatten().filter_map(Value::as_object);
        Ok(rows.map(application).collect())
    }

    /// `ApplicationGetListForAddToApplication`; a parent's stand in it as `parent\app`.
    async fn existing(&self, named: &str) -> Result<Vec<ListedApplication>, ReadError> {
        let search = match is_guid(named) {
            true => String::new(),
            // The name without the parent's: the vendor searches it, and the whole label decides.
            false => named.rsplit('\\').next().unwrap_or_default().to_owned(),
        };
        let query = vec![
            ("osType", self.document.os().to_string()),
            ("searchText", search),
        ];
        let path = "/Application/ApplicationGetListForAddToApplication";
        let rows = self.objects(path, query, None).await?;
        Ok(rows.iter().map(application).collect())
    }

    /// `ApplicationGetForMaintenanceMode`: which applications a mode can be used with.
    async fn may_be_maintained(&self, one: &ListedApplication) -> Result<bool, ReadError> {
        let query = vec![("osType", self.document.os().to_string())];
        let path = "/Application/ApplicationGetForMaintenanceMode";
        let rows = self.objects(path, query, None).await?;
        Ok(rows.iter().any(|row| {
            text(row, "value").eq_ignore_ascii_case(&one.id)
                && row.get("disabled").and_then(Value::as_bool) != Some(true)
        }))
    }

    /// `ComputerGroupGetDropdownByOrganizationId`: its answers are described nowhere, so both of the vendor's
    /// forms of such lists are read. Global groups are not asked for: what holds for everybody has a word of its own.
    async fn group(&self, named: &str, found: &mut Grounds) -> Result<(), ReadError> {
        let system = match self.document.os() {
            2 => "mac",
            3 => "linux",
            _ => "windows",
        };
        let query = vec![
            ("computerGroupOSTypeId", self.document.os().to_string()),
            ("computerOSType", system.to_owned()),
            ("hideGlobals", "true".to_owned()),
        ];
        let path = "/ComputerGroup/ComputerGroupGetDropdownByOrganizationId";
        let rows = self.objects(path, query, None).await?;
        let usable =
            |row: &&Map<String, Value>| row.get("disabled").and_then(Value::as_bool) != Some(true);
        let (mut own, mut others) = (Vec::<ListedGroup>::new(), Vec::new());
        for row in rows.iter().filter(usable) {
            let group = ListedGroup {
                id: first(row, &["computerGroupId", "value"]),
                name: first(row, &["name", "label"]),
            };
            let is_named = group.id.eq_ignore_ascii_case(named) || group.name == named;
            if group.id.is_empty() || !is_named {
                continue;
            }
            match self.of_others(row) {
                Some(why) => others.push((group, why)),
                None => own.push(group),
            }
        }
        let is_both = |group: &ListedGroup| {
            others
                .iter()
                .any(|(other, _)| other.id.eq_ignore_ascii_case(&group.id))
        };
        let why = match (one(own, |group| &group.id), others.first()) {
            (Found::One(group), _) if !is_both(&group) => {
                found.group = Some(group);
                return Ok(());
            }
            (Found::None, Some((_, why))) => format!("the computer group {named:?} {why}"),
            (Found::None, None) => {
                format!("there is no computer group {named:?}; global ones are not asked for")
            }
            (Found::Several(many), _) => {
                format!("{many} computer groups are called {named:?}; name one by its id")
            }
            (Found::One(_) | Found::Twice, _) => format!(
                "the computer group {named:?} is listed twice, each time otherwise: permit it in the portal"
            ),
        };
        found.obstacles.push(why);
        Ok(())
    }

    /// What makes a group reach beyond this organization's own, where its row says so.
    fn of_others(&self, row: &Map<String, Value>) -> Option<&'static str> {
        // Whatever is not a plain no is not known to be one.
        if !matches!(
            row.get("isGlobal"),
            None | Some(Value::Null | Value::Bool(false))
        ) {
            return Some("is global; where everybody is meant, write `scope = \"organization\"`");
        }
        let owner = text(row, "organizationId");
        let is_ours = is_nil(owner) || owner.eq_ignore_ascii_case(&self.organization.0);
        (!is_ours).then_some("is of another organization")
    }

    /// `ApplicationGetResearchDetailsById`: optional, so that trouble with it is nothing said.
    async fn research(&self, id: &str) -> Vec<String> {
        let query = vec![("applicationId", id.to_owned())];
        let path = "/Application/ApplicationGetResearchDetailsById";
        let answer = self.objects(path, query, None).await.unwrap_or_default();
        let Some(one) = answer.first() else {
            return Vec::new();
        };
        let number = |name: &str| one.get(name).and_then(Value::as_i64);
        let mut said = Vec::new();
        if let Some(rating) = number("concernRating") {
            said.push(format!("concern rating {rating}"));
        }
        let risks = text(one, "potentialRiskStrategyText");
        if !risks.is_empty() {
            said.push(format!(
                "risks: {}",
                risks.chars().take(300).collect::<String>()
            ));
        }
        let countries = one
            .get("countriesWhereCodeCompiled")
            .and_then(Value::as_array);
        let names: Vec<&str> = countries
            .into_iter()
            .flatten()
            .filter_map(|country| country.get("name")?.as_str())
            .collect();
        if !names.is_empty() {
            said.push(format!("countries: {}", names.join(", ")));
        }
        said
    }
}

/// The one that fits. What a list names twice in the same words is one thing.
fn one<T: PartialEq>(fitting: impl IntoIterator<Item = T>, id: fn(&T) -> &str) -> Found<T> {
    let mut different: Vec<T> = Vec::new();
    for candidate in fitting {
        if !different.contains(&candidate) {
            different.push(candidate);
        }
    }
    let Some(last) = different.pop() else {
        return Found::None;
    };
    let is_last = |other: &T| id(other).eq_ignore_ascii_case(id(&last));
    match different.len() {
        0 => Found::One(last),
        _ if different.iter().all(is_last) => Found::Twice,
        others => Found::Several(others + 1),
    }
}

fn application(row: &Map<String, Value>) -> ListedApplication {
    let owner = text(row, "organizationName").to_owned();
    ListedApplication {
        id: text(row, "applicationId").to_owned(),
        label: first(row, &["name", "applicationName"]),
        name: first(row, &["applicationName", "name"]),
        organization: text(row, "organizationId").to_owned(),
        // The vendor's own stand in an organization of that name (vendor-facts section 3).
        built_in: owner.eq_ignore_ascii_case("master")
            || first(row, &["name"]).ends_with("(Built-In)"),
        os: row
            .get("osType")
            .and_then(Value::as_i64)
            .unwrap_or_default(),
        owner,
    }
}

fn text<'a>(row: &'a Map<String, Value>, name: &str) -> &'a str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn first(row: &Map<String, Value>, names: &[&str]) -> String {
    let found = names.iter().map(|name| text(row, name));
    let mut found = found.filter(|text| !text.is_empty());
    found.next().unwrap_or_default().to_owned()
}
