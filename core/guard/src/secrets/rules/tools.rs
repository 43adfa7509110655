//! Keys of monitoring, analytics, documents and design.

use super::{End, SecretRule};

pub(super) const RULES: &[SecretRule] = &[
    SecretRule::token("newrelic-key", "New Relic key", &["NRAK-"], "[0-9A-Z]{27}").entropy(3.2),
    SecretRule::token(
        "grafana-service-token",
        "Grafana service account token",
        &["glsa_"],
        "[0-9A-Za-z]{32}_[0-9A-Fa-f]{8}",
    )
    .entropy(3.5),
    SecretRule::token("grafana-cloud-token", "Grafana Cloud token", &["glc_eyJ"], "[0-9A-Za-z+/]{60}")
        .entropy(3.8)
        .end(End::Open),
    SecretRule::token(
        "sentry-org-token",
        "Sentry organisation token",
        &["sntrys_eyJ"],
        "[0-9A-Za-z+/=_-]{60}",
    )
    .entropy(3.8)
    .end(End::Open),
    SecretRule::token("sentry-user-token", "Sentry user token", &["sntryu_"], "[0-9a-f]{64}"),
    SecretRule::token("dynatrace-token", "Dynatrace token", &["dt0c01."], r"[0-9A-Z]{24}\.[0-9A-Z]{64}")
        .entropy(3.5),
    SecretRule::token("posthog-key", "PostHog personal key", &["phx_"], "[0-9A-Za-z]{43}").entropy(3.5),
    SecretRule::token("postman-key", "Postman key", &["PMAK-"], "[0-9a-f]{24}-[0-9a-f]{34}"),
    SecretRule::token("readme-key", "ReadMe key", &["rdme_"], "[0-9a-z]{70}").entropy(3.5),
    SecretRule::token("linear-key", "Linear key", &["lin_api_"], "[0-9A-Za-z]{40}").entropy(3.5),
    SecretRule::token("notion-token", "Notion token", &["ntn_"], "[0-9]{11}[0-9A-Za-z]{35}").entropy(3.5),
    SecretRule::token("figma-token", "Figma token", &["figd_"], r"[\w-]{40}").entropy(3.5),
    SecretRule::token("atlassian-token", "Atlassian API token", &["ATATT3"], r"[\w=-]{180}")
        .entropy(3.8)
        .end(End::Open),
    SecretRule::token("airtable-token", "Airtable token", &["pat"], r"[0-9A-Za-z]{14}\.[0-9a-f]{64}"),
    SecretRule::token("contentful-token", "Contentful token", &["CFPAT-"], r"[\w-]{43}").entropy(3.5),
    SecretRule::token(
        "hubspot-token",
        "HubSpot token",
        &["pat-na1-", "pat-eu1-", "pat-na2-"],
        "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    ),
    SecretRule::token("typeform-token", "Typeform token", &["tfp_"], r"[\w.=-]{59}").entropy(3.5),
    SecretRule::token("frameio-token", "Frame.io token", &["fio-u-"], r"[\w=-]{64}").entropy(3.5),
    SecretRule::token("adobe-secret", "Adobe client secret", &["p8e-"], "[0-9A-Za-z]{32}").entropy(3.2),
    SecretRule::token("mapbox-secret-token", "Mapbox secret token", &["sk.eyJ"], r"[\w-]{60,200}\.[\w-]{22}")
        .entropy(3.8),
    SecretRule::token("dropbox-token", "Dropbox access token", &["sl."], r"[\w-]{130}")
        .entropy(4.0)
        .end(End::Open),
    SecretRule::token("facebook-page-token", "Facebook access token", &["EAAM", "EAAC"], "[0-9A-Za-z]{100}")
        .entropy(4.0)
        .end(End::Open),
];
