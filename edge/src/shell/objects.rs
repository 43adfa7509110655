//! Durable objects: one a tenant for its quota and its feedback, one a repository for its index.
//!
//! An object's call runs without a wait in between, so the runtime makes all its
//! writes one transaction. All statements are fixed and all values bound.

use serde::Deserialize;
use serde_json::{Value, json};
use wasm_bindgen_futures::JsFuture;
use web_sys::RequestInit;
use worker::{DurableObject, Env, Request, Response, SqlStorage, SqlStorageValue, State, durable_object};

use super::js;
use super::quota::{ReserveReply, ReserveRequest, allowances};
use crate::Millis;
use crate::feedback::{FeedbackEvent, FeedbackKind};
use crate::index::{self, Change, ManifestEntry};
use crate::limit::{Bucket, Buckets, Granted};

/// The longest answer of an object, bytes.
const LONGEST: usize = 8 << 20;
/// How long an object may take.
const OBJECT_TIMEOUT: Millis = Millis(5_000);

/// The binding of [`TenantObject`].
pub(super) const TENANTS: &str = "GHOSTLIGHT_TENANTS";
/// The binding of [`RepoObject`].
pub(super) const REPOS: &str = "GHOSTLIGHT_REPOS";

/// Asks an object; `None` if it does not answer.
pub(super) async fn call(env: &Env, binding: &str, name: &str, path: &str, body: &str) -> Option<Vec<u8>> {
    let work = async {
        let stub = env.durable_object(binding).ok()?.get_by_name(name).ok()?;
        let init = RequestInit::new();
        init.set_method("POST");
        init.set_body(&body.into());
        let request =
            web_sys::Request::new_with_str_and_init(&format!("https://object{path}"), &init).ok()?;
        let response: web_sys::Response = stub.fetch_with_request(request.into()).await.ok()?.into();
        if !response.ok() {
            return None;
        }
        js::Reader::new(&response.body()?).ok()?.all(LONGEST).await.ok()?
    };
    js::within(OBJECT_TIMEOUT, work).await.flatten()
}

/// Limits (as `TENANT:limits`) and counts of feedback (as `TENANT:stats`).
#[durable_object(fetch)]
pub struct TenantObject {
    sql: SqlStorage,
}

impl DurableObject for TenantObject {
    fn new(state: State, _: Env) -> Self {
        let sql = state.storage().sql();
        for statement in [
            "CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, milli INTEGER, at INTEGER) WITHOUT ROWID",
            "CREATE TABLE IF NOT EXISTS counts (model TEXT, language TEXT, variant TEXT, event TEXT, n INTEGER,
                PRIMARY KEY (model, language, variant, event)) WITHOUT ROWID",
        ] {
            // If it fails, so do the calls that need the table, and say so.
            let _ = sql.exec(statement, None);
        }
        Self { sql }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        let (path, body) = parts(request).await?;
        let answer = match path.as_str() {
            "/reserve" => self.reserve(&serde_json::from_slice(&body)?)?,
            "/feedback" => self.feedback(&serde_json::from_slice::<Vec<FeedbackEvent>>(&body)?)?,
            "/stats" => self.stats()?,
            _ => return Response::error("no such call", 404),
        };
        Response::from_json(&answer)
    }
}

impl TenantObject {
    fn reserve(&self, request: &ReserveRequest) -> worker::Result<Value> {
        let now = js::now();
        let (user, tenant) = allowances(request);
        let of_user = format!("user:{}", request.user);
        let mut buckets = Buckets {
            user: self.bucket(&of_user)?.unwrap_or(Bucket::full(user, now)),
            tenant: self.bucket("tenant")?.unwrap_or(Bucket::full(tenant, now)),
        };
        buckets.settle(user, tenant, request.back, now);
        let granted = buckets.reserve(user, tenant, request.need, request.want, now);
        for (name, bucket) in [(of_user.as_str(), buckets.user), ("tenant", buckets.tenant)] {
            let values = vec![name.into(), integer(bucket.milli)?, integer(bucket.at.0.cast_signed())?];
            self.sql.exec("INSERT OR REPLACE INTO buckets VALUES (?, ?, ?)", values)?;
        }
        Ok(json!(match granted {
            Granted::Tokens(tokens) => ReserveReply::Tokens(tokens),
            Granted::Refused("this user", wait) => ReserveReply::User(wait.0),
            Granted::Refused(_, wait) => ReserveReply::Tenant(wait.0),
        }))
    }

    fn bucket(&self, name: &str) -> worker::Result<Option<Bucket>> {
        #[derive(Deserialize)]
        struct BucketRow {
            milli: f64,
            at: f64,
        }
        let rows: Vec<BucketRow> =
            self.sql.exec("SELECT milli, at FROM buckets WHERE name = ?", vec![name.into()])?.to_array()?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "written as whole numbers below 2^53"
        )]
        Ok(rows.first().map(|row| Bucket { milli: row.milli as i64, at: Millis(row.at as u64) }))
    }

    fn feedback(&self, events: &[FeedbackEvent]) -> worker::Result<Value> {
        for event in events {
            let text = |text: &str| SqlStorageValue::from(text);
            let values = vec![
                text(&event.model),
                text(&event.language),
                text(&event.variant),
                text(event.event.name()),
                SqlStorageValue::Integer(event.count.into()),
            ];
            let statement = "INSERT INTO counts VALUES (?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET n = n + excluded.n";
            self.sql.exec(statement, values)?;
        }
        Ok(json!({ "counted": events.len() }))
    }

    fn stats(&self) -> worker::Result<Value> {
        #[derive(Deserialize)]
        struct CountRow {
            model: String,
            language: String,
            variant: String,
            event: String,
            n: f64,
        }
        let rows: Vec<CountRow> = self
            .sql
            .exec("SELECT * FROM counts ORDER BY model, language, variant, event LIMIT 10000", None)?
            .to_array()?;
        let mut stats: Vec<Value> = Vec::new();
        for row in rows {
            let of_last = stats.last().is_some_and(|last| {
                last["model"] == row.model
                    && last["language"] == row.language
                    && last["variant"] == row.variant
            });
            if !of_last {
                let zeroes = FeedbackKind::ALL.iter().map(|(_, name)| ((*name).to_owned(), json!(0)));
                stats.push(json!({
                    "model": row.model, "language": row.language, "variant": row.variant,
                    "events": zeroes.collect::<serde_json::Map<_, _>>(),
                }));
            }
            if let Some(last) = stats.last_mut() {
                last["events"][&row.event] = json!(row.n);
            }
        }
        for row in &mut stats {
            let count = |name: &str| row["events"][name].as_f64().unwrap_or(0.0);
            let (shown, taken) = (count("shown"), count("accepted"));
            row["acceptance"] = if shown > 0.0 { json!(taken / shown) } else { Value::Null };
        }
        Ok(Value::Array(stats))
    }
}

/// One repository of one tenant (as `TENANT:REPO`).
#[durable_object(fetch)]
pub struct RepoObject {
    sql: SqlStorage,
    ready: bool,
}

/// What a repository is asked to change.
#[derive(Debug, serde::Serialize, Deserialize)]
pub(super) struct Changes {
    pub(super) puts: Vec<(String, String, String)>,
    pub(super) deletes: Vec<String>,
    pub(super) most_bytes: u64,
    pub(super) most_files: u64,
}

impl Changes {
    pub(super) fn new(changes: Vec<Change>, limits: &crate::config::Index) -> Self {
        let mut this = Self {
            puts: vec![],
            deletes: vec![],
            most_bytes: limits.repo_bytes,
            most_files: limits.repo_files,
        };
        for change in changes {
            match change {
                Change::Put { path, hash, text } => this.puts.push((path, hash, text)),
                Change::Delete { path } => this.deletes.push(path),
            }
        }
        this
    }
}

impl DurableObject for RepoObject {
    fn new(state: State, _: Env) -> Self {
        let sql = state.storage().sql();
        let ready = index::SCHEMA.iter().all(|statement| sql.exec(statement, None).is_ok());
        Self { sql, ready }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        if !self.ready {
            return Response::error("the tables could not be made", 500);
        }
        let (path, body) = parts(request).await?;
        let answer = match path.as_str() {
            "/changes" => self.change(&serde_json::from_slice(&body)?)?,
            "/manifest" => self.compare(&serde_json::from_slice::<Vec<ManifestEntry>>(&body)?)?,
            "/search" => self.search(&serde_json::from_slice(&body)?)?,
            "/delete" => self.clear()?,
            _ => return Response::error("no such call", 404),
        };
        Response::from_json(&answer)
    }
}

impl RepoObject {
    fn change(&self, changes: &Changes) -> worker::Result<Value> {
        let (mut files, mut bytes) = self.totals()?;
        let (mut changed, mut same, mut deleted) = (0, 0, 0);
        // The limit is looked at before anything is written.
        let mut plan = Vec::new();
        for path in &changes.deletes {
            if let Some((_, old)) = self.file(path)? {
                (files, bytes) = (files - 1, bytes - old);
                plan.push((path, None));
                deleted += 1;
            }
        }
        for (path, hash, text) in &changes.puts {
            match self.file(path)? {
                Some((known, _)) if known == *hash => same += 1,
                old => {
                    let size = i64::try_from(text.len()).unwrap_or(i64::MAX);
                    files += i64::from(old.is_none());
                    bytes += size - old.map_or(0, |(_, old)| old);
                    plan.push((path, Some((hash, text))));
                    changed += 1;
                }
            }
        }
        let over = |now: i64, most: u64| u64::try_from(now).is_ok_and(|now| now > most);
        if over(files, changes.most_files) || over(bytes, changes.most_bytes) {
            return Ok(json!({ "full": true, "files": files, "bytes": bytes }));
        }
        for (path, put) in plan {
            self.forget(path)?;
            if let Some((hash, text)) = put {
                self.remember(path, hash, text)?;
            }
        }
        Ok(
            json!({ "changed": changed, "unchanged": same, "deleted": deleted, "files": files, "bytes": bytes }),
        )
    }

    fn totals(&self) -> worker::Result<(i64, i64)> {
        #[derive(Deserialize)]
        struct TotalsRow {
            files: f64,
            bytes: f64,
        }
        let row: TotalsRow = self
            .sql
            .exec("SELECT count(*) AS files, coalesce(sum(bytes), 0) AS bytes FROM files", None)?
            .one()?;
        #[expect(clippy::cast_possible_truncation, reason = "whole numbers below 2^53")]
        Ok((row.files as i64, row.bytes as i64))
    }

    fn file(&self, path: &str) -> worker::Result<Option<(String, i64)>> {
        #[derive(Deserialize)]
        struct FileRow {
            hash: String,
            bytes: f64,
        }
        let rows: Vec<FileRow> =
            self.sql.exec("SELECT hash, bytes FROM files WHERE path = ?", vec![path.into()])?.to_array()?;
        #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53")]
        Ok(rows.into_iter().next().map(|row| (row.hash, row.bytes as i64)))
    }

    fn forget(&self, path: &str) -> worker::Result<()> {
        let inside = "DELETE FROM terms WHERE rowid IN (SELECT id FROM pieces WHERE path = ?)";
        for statement in [inside, "DELETE FROM pieces WHERE path = ?", "DELETE FROM files WHERE path = ?"] {
            self.sql.exec(statement, vec![path.into()])?;
        }
        Ok(())
    }

    fn remember(&self, path: &str, hash: &str, text: &str) -> worker::Result<()> {
        let bytes = integer(i64::try_from(text.len()).unwrap_or(i64::MAX))?;
        self.sql.exec("INSERT INTO files VALUES (?, ?, ?)", vec![path.into(), hash.into(), bytes])?;
        for chunk in index::chunks(text) {
            let line = integer(i64::try_from(chunk.line).unwrap_or(i64::MAX))?;
            let values = vec![path.into(), line, chunk.text.into()];
            self.sql.exec("INSERT INTO pieces (path, line, text) VALUES (?, ?, ?)", values)?;
            self.sql.exec(
                "INSERT INTO terms (rowid, body) VALUES (last_insert_rowid(), ?)",
                vec![format!("{} {}", index::search_terms(path).join(" "), chunk.terms).into()],
            )?;
        }
        Ok(())
    }

    /// Which files of a manifest are lacking or different, and which are too many.
    fn compare(&self, manifest: &[ManifestEntry]) -> worker::Result<Value> {
        let known: Vec<ManifestEntry> = self.sql.exec("SELECT path, hash FROM files", None)?.to_array()?;
        let known: std::collections::BTreeMap<&str, &str> =
            known.iter().map(|entry| (entry.path.as_str(), entry.hash.as_str())).collect();
        let wanted: std::collections::BTreeSet<&str> =
            manifest.iter().map(|entry| entry.path.as_str()).collect();
        let lacking =
            |entry: &&ManifestEntry| known.get(entry.path.as_str()).is_none_or(|hash| *hash != entry.hash);
        let need: Vec<&str> = manifest.iter().filter(lacking).map(|entry| entry.path.as_str()).collect();
        let extra: Vec<&&str> = known.keys().filter(|path| !wanted.contains(**path)).collect();
        Ok(json!({ "need": need, "extra": extra }))
    }

    fn search(&self, ask: &(String, u32)) -> worker::Result<Value> {
        #[derive(Deserialize, serde::Serialize)]
        struct HitRow {
            path: String,
            line: f64,
            text: String,
            score: f64,
        }
        let statement = "SELECT p.path, p.line, p.text, -bm25(terms) AS score FROM terms
            JOIN pieces p ON p.id = terms.rowid WHERE terms MATCH ? ORDER BY bm25(terms), p.path, p.line LIMIT ?";
        let values = vec![ask.0.as_str().into(), SqlStorageValue::Integer(ask.1.into())];
        let rows: Vec<HitRow> = self.sql.exec(statement, values)?.to_array()?;
        Ok(json!(rows))
    }

    fn clear(&self) -> worker::Result<Value> {
        let (files, _) = self.totals()?;
        for statement in ["DELETE FROM terms", "DELETE FROM pieces", "DELETE FROM files"] {
            self.sql.exec(statement, None)?;
        }
        Ok(json!({ "deleted": files }))
    }
}

fn integer(value: i64) -> worker::Result<SqlStorageValue> {
    SqlStorageValue::try_from_i64(value)
}

/// Path and body of a call. The caller is this worker itself, so there is no limit.
async fn parts(request: Request) -> worker::Result<(String, Vec<u8>)> {
    let request = request.inner();
    let (path, _) = js::path_and_query(&request.url());
    let buffer = JsFuture::from(request.array_buffer()?).await?;
    Ok((path, js_sys::Uint8Array::new(&buffer).to_vec()))
}
