//! The gateway's half of the API's description; the kernel's half is joined to it by codegen.

use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(
    info(title = "Stead", description = "A machine of its own for every project."),
    paths(
        crate::health::health,
        crate::health::ready,
        crate::health::metrics,
        crate::health::description,
        crate::enter::enter,
        crate::enter::leave,
        crate::enter::me,
        crate::enter::create_link,
        crate::account::update_me,
        crate::accounts::list,
        crate::workspaces::list_templates,
        crate::workspaces::list,
        crate::workspaces::create,
        crate::workspaces::get,
        crate::workspaces::update,
        crate::workspaces::delete,
        crate::members::list,
        crate::members::change,
        crate::members::remove,
        crate::members::leave,
        crate::members::hand_over,
        crate::shares::manage::list,
        crate::shares::manage::create,
        crate::shares::manage::check_slug,
        crate::shares::manage::update,
        crate::shares::manage::end,
        crate::preview::entry::grant,
        crate::preview::entry::enter,
        crate::adapters::status,
        crate::adapters::run,
        crate::adapters::stop,
        crate::adapters::preview_url,
        crate::adapters::terminal_events,
        crate::adapters::terminal_post,
    ),
    components(schemas(protocol::ErrorBody))
)]
struct Description;

/// The routes that the gateway answers itself.
pub fn openapi() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Face, rows};

    #[test]
    fn every_route_of_the_gateway_is_described() {
        let description = openapi();
        // The app's own paths are its own, and a WebSocket shares its path with a described one.
        for row in rows().filter(|it| !it.is_kernel()) {
            let is_open = row.face == Face::Foreign || row.method == "WS";
            if !is_open {
                assert!(description.paths.paths.contains_key(row.path), "{}", row.path);
            }
        }
    }
}
