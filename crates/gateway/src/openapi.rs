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
        crate::people::enter::enter,
        crate::people::enter::leave,
        crate::people::enter::me,
        crate::people::enter::create_link,
        crate::people::account::update_me,
        crate::people::account::change_password,
        crate::people::sign_in::methods,
        crate::people::sign_in::sign_in,
        crate::people::sign_ins::list,
        crate::people::sign_ins::end,
        crate::people::sign_ins::end_others,
        crate::people::tokens::list,
        crate::people::tokens::create,
        crate::people::tokens::revoke,
        crate::oidc::visit::start,
        crate::oidc::visit::link,
        crate::oidc::visit::callback,
        crate::oidc::identities::list,
        crate::oidc::identities::unlink,
        crate::people::accounts::list,
        crate::people::accounts::update,
        crate::people::accounts::delete,
        crate::people::accounts::sign_out,
        crate::people::reset::create,
        crate::people::reset::details,
        crate::people::reset::reset,
        crate::people::invitations::list,
        crate::people::invitations::create,
        crate::people::invitations::revoke,
        crate::people::invitations::list_of_workspace,
        crate::people::invitations::create_to_workspace,
        crate::people::invitations::revoke_of_workspace,
        crate::people::join::details,
        crate::people::join::join,
        crate::people::join::join_with_account,
        crate::environment::get,
        crate::environment::set,
        crate::environment::unset,
        crate::environment::import::import,
        crate::environment::set_git,
        crate::environment::unset_git,
        crate::environment::get_own,
        crate::environment::set_own,
        crate::environment::unset_own,
        crate::environment::import::import_own,
        crate::environment::set_own_git,
        crate::environment::unset_own_git,
        crate::workspaces::list_templates,
        crate::workspaces::list,
        crate::workspaces::create,
        crate::workspaces::get,
        crate::workspaces::update,
        crate::workspaces::delete,
        crate::members::list,
        crate::members::add,
        crate::members::change,
        crate::members::remove,
        crate::members::leave,
        crate::members::hand_over,
        crate::break_glass::http::list,
        crate::break_glass::http::begin,
        crate::break_glass::http::end,
        crate::break_glass::http::list_of_workspace,
        crate::break_glass::http::see,
        crate::break_glass::http::end_of_workspace,
        crate::moves::http::list,
        crate::moves::http::get,
        crate::moves::http::create,
        crate::moves::http::cancel,
        crate::machines::http::list,
        crate::machines::http::invite,
        crate::machines::http::update,
        crate::machines::http::remove,
        crate::machines::join::join,
        crate::registry::http::list_runtimes,
        crate::registry::http::list_hosts,
        crate::registry::http::list_workers,
        crate::registry::http::list_host_workers,
        crate::registry::http::spawn,
        crate::registry::http::worker,
        crate::registry::http::input,
        crate::registry::http::stop,
        crate::registry::http::cancel,
        crate::registry::http::transcript,
        crate::registry::http::connect_points,
        crate::registry::manage::register,
        crate::registry::manage::remove,
        crate::registry::offer::runtime,
        crate::registry::offer::workers,
        crate::registry::offer::spawn,
        crate::registry::offer::worker,
        crate::registry::offer::input,
        crate::registry::offer::stop,
        crate::registry::offer::cancel,
        crate::registry::offer::transcript,
        crate::shares::manage::list,
        crate::shares::manage::create,
        crate::shares::manage::check_slug,
        crate::shares::manage::update,
        crate::shares::manage::end,
        crate::audit::http::list,
        crate::audit::http::list_workspace,
        crate::audit::http::verbs,
        crate::audit::http::state,
        crate::audit::http::check,
        crate::audit::http::export,
        crate::audit::http::export_workspace,
        crate::preview::entry::grant,
        crate::preview::entry::enter,
        crate::adapters::status,
        crate::adapters::run,
        crate::adapters::stop,
        crate::adapters::preview_url,
        crate::adapters::terminal_events,
        crate::adapters::terminal_post,
        crate::adapters::registry::list_runtimes,
        crate::adapters::registry::list_hosts,
        crate::adapters::registry::list_workers,
        crate::adapters::registry::list_host_workers,
        crate::adapters::registry::spawn,
        crate::adapters::registry::worker,
        crate::adapters::registry::input,
        crate::adapters::registry::stop,
        crate::adapters::registry::cancel,
        crate::adapters::registry::transcript,
        crate::adapters::registry::connect_points,
        crate::adapters::userspace::session,
        crate::adapters::collab::create,
        crate::adapters::collab::rename,
        crate::adapters::collab::delete,
        crate::adapters::userspace::start_session,
        crate::adapters::userspace::stop_session,
        crate::adapters::userspace::dev_server_status,
        crate::adapters::userspace::start_dev_server,
        crate::adapters::userspace::restart_dev_server,
    ),
    components(schemas(
        protocol::ErrorBody,
        protocol::account::OidcProblem,
        protocol::registry::RegistryFrame,
        protocol::registry::FollowFrame
    ))
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
