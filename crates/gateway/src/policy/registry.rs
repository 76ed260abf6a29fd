//! Runtimes, hosts and workers: for administrators, because they are of the installation and of no
//! workspace. The same under `/api/v1`, under `/api` (the head of S4), and for other installations
//! under `/v1`.

use super::{ADMINISTRATOR, Before, Beside, Quiet, Row, Within, own, to};
use crate::adapters::registry as plain;
use crate::registry::{follow_offered, follow_worker, http, manage, offer, watch, watch_offered};

pub(super) static ROWS: &[Row] = &[
    own("GET", "/api/v1/runtimes", ADMINISTRATOR, Quiet, to!(http::list_runtimes)),
    own("GET", "/api/v1/hosts", ADMINISTRATOR, Quiet, to!(http::list_hosts)),
    own("GET", "/api/v1/workers", ADMINISTRATOR, Quiet, to!(http::list_workers)),
    own("GET", "/api/v1/hosts/{host}/workers", ADMINISTRATOR, Quiet, to!(http::list_host_workers)),
    own(
        "POST",
        "/api/v1/runtimes/{runtime}/workers",
        ADMINISTRATOR,
        Before("worker.spawn"),
        to!(http::spawn),
    ),
    own(
        "GET",
        "/api/v1/runtimes/{runtime}/workers/{worker}",
        ADMINISTRATOR,
        Quiet,
        to!(http::worker),
    ),
    own(
        "POST",
        "/api/v1/runtimes/{runtime}/workers/{worker}/input",
        ADMINISTRATOR,
        Before("worker.input"),
        to!(http::input),
    ),
    own(
        "POST",
        "/api/v1/runtimes/{runtime}/workers/{worker}/stop",
        ADMINISTRATOR,
        Before("worker.stop"),
        to!(http::stop),
    ),
    own(
        "POST",
        "/api/v1/runtimes/{runtime}/workers/{worker}/cancel",
        ADMINISTRATOR,
        Before("worker.cancel"),
        to!(http::cancel),
    ),
    own(
        "GET",
        "/api/v1/runtimes/{runtime}/workers/{worker}/transcript",
        ADMINISTRATOR,
        Quiet,
        to!(http::transcript),
    ),
    own(
        "GET",
        "/api/v1/runtimes/{runtime}/workers/{worker}/connect-points",
        ADMINISTRATOR,
        Quiet,
        to!(http::connect_points),
    ),
    own(
        "WS",
        "/api/v1/runtimes/{runtime}/workers/{worker}/events/ws",
        ADMINISTRATOR,
        Beside("worker.follow"),
        to!(follow_worker),
    ),
    own("GET", "/api/runtimes", ADMINISTRATOR, Quiet, to!(plain::list_runtimes)),
    own("GET", "/api/hosts", ADMINISTRATOR, Quiet, to!(plain::list_hosts)),
    own("GET", "/api/workers", ADMINISTRATOR, Quiet, to!(plain::list_workers)),
    own("GET", "/api/hosts/{host}/workers", ADMINISTRATOR, Quiet, to!(plain::list_host_workers)),
    own(
        "POST",
        "/api/runtimes/{runtime}/workers",
        ADMINISTRATOR,
        Before("worker.spawn"),
        to!(plain::spawn),
    ),
    own(
        "GET",
        "/api/runtimes/{runtime}/workers/{worker}",
        ADMINISTRATOR,
        Quiet,
        to!(plain::worker),
    ),
    own(
        "POST",
        "/api/runtimes/{runtime}/workers/{worker}/input",
        ADMINISTRATOR,
        Before("worker.input"),
        to!(plain::input),
    ),
    own(
        "POST",
        "/api/runtimes/{runtime}/workers/{worker}/stop",
        ADMINISTRATOR,
        Before("worker.stop"),
        to!(plain::stop),
    ),
    own(
        "POST",
        "/api/runtimes/{runtime}/workers/{worker}/cancel",
        ADMINISTRATOR,
        Before("worker.cancel"),
        to!(plain::cancel),
    ),
    own(
        "GET",
        "/api/runtimes/{runtime}/workers/{worker}/transcript",
        ADMINISTRATOR,
        Quiet,
        to!(plain::transcript),
    ),
    own(
        "GET",
        "/api/runtimes/{runtime}/workers/{worker}/connect-points",
        ADMINISTRATOR,
        Quiet,
        to!(plain::connect_points),
    ),
    own(
        "WS",
        "/api/runtimes/{runtime}/workers/{worker}/events/ws",
        ADMINISTRATOR,
        Beside("worker.follow"),
        to!(follow_worker),
    ),
    own(
        "POST",
        "/api/v1/runtimes",
        ADMINISTRATOR,
        Within("runtime.register"),
        to!(manage::register),
    ),
    own(
        "DELETE",
        "/api/v1/runtimes/{runtime}",
        ADMINISTRATOR,
        Within("runtime.remove"),
        to!(manage::remove),
    ),
    own("WS", "/api/v1/registry/ws", ADMINISTRATOR, Quiet, to!(watch)),
    own("GET", "/v1/runtime", ADMINISTRATOR, Quiet, to!(offer::runtime)).for_installations(),
    own("GET", "/v1/workers", ADMINISTRATOR, Quiet, to!(offer::workers)).for_installations(),
    own("POST", "/v1/workers", ADMINISTRATOR, Before("worker.spawn"), to!(offer::spawn))
        .for_installations(),
    own("GET", "/v1/workers/{worker}", ADMINISTRATOR, Quiet, to!(offer::worker))
        .for_installations(),
    own(
        "POST",
        "/v1/workers/{worker}/input",
        ADMINISTRATOR,
        Before("worker.input"),
        to!(offer::input),
    )
    .for_installations(),
    own(
        "POST",
        "/v1/workers/{worker}/stop",
        ADMINISTRATOR,
        Before("worker.stop"),
        to!(offer::stop),
    )
    .for_installations(),
    own(
        "POST",
        "/v1/workers/{worker}/cancel",
        ADMINISTRATOR,
        Before("worker.cancel"),
        to!(offer::cancel),
    )
    .for_installations(),
    own("GET", "/v1/workers/{worker}/transcript", ADMINISTRATOR, Quiet, to!(offer::transcript))
        .for_installations(),
    own(
        "WS",
        "/v1/workers/{worker}/events/ws",
        ADMINISTRATOR,
        Beside("worker.follow"),
        to!(follow_offered),
    )
    .for_installations(),
    own("WS", "/v1/events/ws", ADMINISTRATOR, Quiet, to!(watch_offered)).for_installations(),
];
