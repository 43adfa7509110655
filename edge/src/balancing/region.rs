//! The region of a client, from what the platform knows of its location.

use crate::Config;

/// What is known about where a client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Location<'a> {
    /// ISO code of the country, from the platform.
    pub country: Option<&'a str>,
    /// Code of the continent, from the platform.
    pub continent: Option<&'a str>,
    /// `x-ghostlight-region`.
    pub header: Option<&'a str>,
}

/// By country, else by continent, by the header if it is trusted, default.
#[must_use]
pub fn region<'a>(config: &'a Config, location: &Location<'_>) -> &'a str {
    let named = location.header.filter(|_| config.server.trust_region_header);
    let by_name = named.and_then(|name| config.regions.iter().find(|region| region.name == name));
    let holds = |list: &[String], code: Option<&str>| {
        code.is_some_and(|code| list.iter().any(|known| known.eq_ignore_ascii_case(code)))
    };
    let by_country = || config.regions.iter().find(|region| holds(&region.countries, location.country));
    let by_continent = || config.regions.iter().find(|region| holds(&region.continents, location.continent));
    by_country()
        .or_else(by_continent)
        .or(by_name)
        .map_or(config.routing.default_region.as_str(), |region| region.name.as_str())
}
