//! Tokens of code hosts, package registries and build services.

use super::{End, SecretRule};

pub(super) const RULES: &[SecretRule] = &[
    SecretRule::token("github-token", "GitHub personal access token", &["ghp_"], "[0-9A-Za-z]{36}")
        .entropy(3.5),
    SecretRule::token("github-fine-grained-token", "GitHub fine-grained token", &["github_pat_"], r"\w{82}")
        .entropy(3.5),
    SecretRule::token("github-oauth-token", "GitHub OAuth token", &["gho_"], "[0-9A-Za-z]{36}").entropy(3.5),
    SecretRule::token("github-app-token", "GitHub app token", &["ghu_", "ghs_"], "[0-9A-Za-z]{36}")
        .entropy(3.5),
    SecretRule::token("github-refresh-token", "GitHub refresh token", &["ghr_"], "[0-9A-Za-z]{36}")
        .entropy(3.5)
        .end(End::Open),
    SecretRule::token("gitlab-token", "GitLab personal access token", &["glpat-"], r"[\w-]{20}")
        .entropy(3.0)
        .end(End::Open),
    SecretRule::token("gitlab-deploy-token", "GitLab deploy token", &["gldt-"], r"[\w-]{20}")
        .entropy(3.0)
        .end(End::Open),
    SecretRule::token("gitlab-runner-token", "GitLab runner token", &["glrt-", "GR1348941"], r"[\w-]{20}")
        .entropy(3.0)
        .end(End::Open),
    SecretRule::token("gitlab-trigger-token", "GitLab pipeline trigger token", &["glptt-"], "[0-9a-f]{40}"),
    SecretRule::token(
        "gitlab-other-token",
        "GitLab token for agents, feeds, mail, SCIM or OAuth",
        &["glagent-", "glft-", "glimt-", "glsoat-", "gloas-", "glffct-"],
        r"[\w-]{20}",
    )
    .entropy(3.0)
    .end(End::Open),
    SecretRule::token(
        "bitbucket-token",
        "Bitbucket access token",
        &["ATCTT3xFfGN0", "ATBB"],
        "[0-9A-Za-z]{32}",
    )
    .entropy(3.5)
    .end(End::Open),
    SecretRule::token("npm-token", "npm token", &["npm_"], "[0-9A-Za-z]{36}").entropy(3.5),
    SecretRule::token(
        "npmrc-auth-token",
        "npm token in a configuration",
        &["_authToken="],
        "([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})",
    ),
    SecretRule::token(
        "pypi-token",
        "PyPI token",
        &["pypi-AgEIcHlwaS5vcmc", "pypi-AgENdGVzdC5weXBpLm9yZw"],
        r"[\w-]{50}",
    )
    .entropy(3.5)
    .end(End::Open),
    SecretRule::token("rubygems-key", "RubyGems key", &["rubygems_"], "[0-9a-f]{48}"),
    SecretRule::token("crates-io-token", "crates.io token", &["cio"], "[0-9A-Za-z]{32}").entropy(3.8),
    SecretRule::token("nuget-key", "NuGet key", &["oy2"], "[0-9a-z]{43}").entropy(3.5),
    SecretRule::token("clojars-token", "Clojars token", &["CLOJARS_"], "[0-9a-z]{60}").entropy(3.5),
    SecretRule::token("docker-hub-token", "Docker Hub token", &["dckr_pat_", "dckr_oat_"], r"[\w-]{27}")
        .entropy(3.5)
        .end(End::Open),
    SecretRule::token("artifactory-key", "Artifactory API key", &["AKCp"], "[0-9A-Za-z]{69}").entropy(3.8),
    SecretRule::token("artifactory-token", "Artifactory reference token", &["cmVmdGtu"], "[0-9A-Za-z]{56}")
        .entropy(3.8),
    SecretRule::token("sonarqube-token", "SonarQube token", &["squ_", "sqp_", "sqa_"], "[0-9a-f]{40}"),
    SecretRule::token("buildkite-token", "Buildkite token", &["bkua_"], "[0-9a-z]{40}").entropy(3.0),
    SecretRule::token("circleci-token", "CircleCI token", &["CCIPAT_"], "[0-9A-Za-z]{22}_[0-9a-f]{40}"),
    SecretRule::token("octopus-key", "Octopus Deploy key", &["API-"], "[0-9A-Z]{26}").entropy(3.5),
    SecretRule::token(
        "harness-token",
        "Harness token",
        &["pat.", "sat."],
        r"[\w-]{22}\.[0-9a-f]{24}\.[0-9A-Za-z]{20}",
    ),
    SecretRule::token("prefect-key", "Prefect key", &["pnu_"], "[0-9a-z]{36}").entropy(3.2),
];
