//! What a permit's names stand for: applications and groups, found exactly once or not at all.

use serde_json::{Map, Value, json};

use super::answers;
use super::document::Document;
use super::permit::forbidden;
use super::{Organization, ThreatLocker};
use crate::model::{
    Grounds, ListedApplication, ListedGroup, Permit, PermitApplication, PermitMode, PermitScope,
    ReadError,
};
use crate::vendors::http::Inquiry;

/// What one of several candidates is held against.
enum Found<T> {
    One(T),
    None,
    Several(usize),
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
        obstacles: document.obstacles(),
        ..Grounds::default()
    };
    found.obstacles.extend(forbidden(permit, document));
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
        let reply = self.queue.http.inquire(&inquiry).await?;
        answers::objects(&inquiry, &reply)
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
        match one(list.into_iter().filter(fits).collect()) {
            Found::One(one) => found.application = Some(one),
            Found::None => found
                .obstacles
                .push(format!("no application matches {word}")),
            Found::Several(many) => found.obstacles.push(format!(
                "{many} applications match {word}; name one by its id"
            )),
        }
        let by_name = matches!(permit.application, PermitApplication::Existing(_));
        if let Some(one) = found
            .application
            .clone()
            .filter(|_| by_name && permit.mode != PermitMode::Rules)
            && !self.may_be_maintained(&one).await?
        {
            found
                .obstacles
                .push("the application cannot be used with a maintenance mode".to_owned());
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
        let search = match super::capability::is_guid(named) {
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
    /// forms of such lists are read.
    async fn group(&self, named: &str, found: &mut Grounds) -> Result<(), ReadError> {
        let system = match self.document.os() {
            2 => "mac",
            3 => "linux",
            _ => "windows",
        };
        let query = vec![
            ("computerGroupOSTypeId", self.document.os().to_string()),
            ("computerOSType", system.to_owned()),
            ("hideGlobals", "false".to_owned()),
        ];
        let path = "/ComputerGroup/ComputerGroupGetDropdownByOrganizationId";
        let rows = self.objects(path, query, None).await?;
        let groups = rows.iter().map(|row| ListedGroup {
            id: first(row, &["computerGroupId", "value"]),
            name: first(row, &["name", "label"]),
        });
        let fits =
            |group: &ListedGroup| group.id.eq_ignore_ascii_case(named) || group.name == named;
        match one(groups.filter(fits).collect()) {
            Found::One(group) => found.group = Some(group),
            Found::None => found
                .obstacles
                .push(format!("there is no computer group {named:?}")),
            Found::Several(many) => found.obstacles.push(format!(
                "{many} computer groups are called {named:?}; name one by its id"
            )),
        }
        Ok(())
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

fn one<T>(mut fitting: Vec<T>) -> Found<T> {
    match (fitting.pop(), fitting.len()) {
        (None, _) => Found::None,
        (Some(only), 0) => Found::One(only),
        (Some(_), others) => Found::Several(others + 1),
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
