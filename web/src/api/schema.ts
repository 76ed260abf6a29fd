// Generated from docs/openapi.json by `npm run codegen`. Do not edit.

export interface paths {
    "/api/hosts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The hosts of all runtimes. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RuntimeList_HostSummary"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/hosts/{host}/workers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The workers of one host. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    host: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RuntimeList_WorkerSummary"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runtime/preview/url": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where the preview is: 400 while the runtime does not run, 404 while nothing listens (S1.37,
         *     S1.71).
         */
        get: {
            parameters: {
                query: {
                    projectId: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runtime/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Starts the runtime; while it runs or starts, refuses with its state (S1.48, S1.68, S1.87). */
        post: {
            parameters: {
                query: {
                    projectId: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RuntimeState"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runtime/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The runtime's state (S1.49). */
        get: {
            parameters: {
                query: {
                    projectId: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RuntimeState"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runtime/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stops the runtime; answers when everything of it is gone (S1.69). */
        post: {
            parameters: {
                query: {
                    projectId: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RuntimeState"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runtime/terminal/attach": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A terminal's output as server-sent events (S1.28). */
        get: {
            parameters: {
                query: {
                    projectId: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": unknown;
                    };
                };
            };
        };
        put?: never;
        /** Types into a terminal, or makes or finds it through the kernel (S1.23, S1.30, S1.70). */
        post: {
            parameters: {
                query: {
                    projectId: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runtimes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The runtimes. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RuntimeList_RuntimeSummary"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runtimes/{runtime}/workers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Asks a runtime for a worker. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    runtime: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["WorkerSpawnRequest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WorkerSpawnResult"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runtimes/{runtime}/workers/{worker}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One worker. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    runtime: string;
                    worker: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WorkerLookupResult"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runtimes/{runtime}/workers/{worker}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Gives a worker up. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    runtime: string;
                    worker: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WorkerStopResult"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runtimes/{runtime}/workers/{worker}/connect-points": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Further ways to a worker. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    runtime: string;
                    worker: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WorkerProxyConnectPoint"][];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runtimes/{runtime}/workers/{worker}/input": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Says something to a worker. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    runtime: string;
                    worker: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["WorkerInputRequest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WorkerInputResult"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runtimes/{runtime}/workers/{worker}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stops a worker. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    runtime: string;
                    worker: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["WorkerStopBody"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WorkerStopResult"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runtimes/{runtime}/workers/{worker}/transcript": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A page of what was said to a worker. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    runtime: string;
                    worker: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WorkerTranscriptProjection"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Everybody who has an account, by name. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Account"][];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Deletes an account. Its name stays in the audit log; workspaces that it owns with others go on. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    account: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description The last administrator, or the only owner of `details.workspaces`. */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /**
         * Makes somebody an administrator or none, keeps somebody out or lets it in again. Who is kept out
         *     is signed out everywhere at once; tokens come back with the account.
         */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    account: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["UpdateAccount"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Account"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description It is the last administrator. */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/v1/accounts/{account}/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes a single-use link by which its person chooses a new password. Earlier ones stop working;
         *     the old password works until the link is used.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    account: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ResetLink"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/sign-ins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Signs somebody out of every browser. The person can sign in again. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    account: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened on this Stead, newest first. */
        get: {
            parameters: {
                query?: {
                    /** @description `next` of the page before. */
                    before?: string;
                    /** @description Milliseconds since 1970: from here on. */
                    from_ms?: number;
                    /** @description Rows, 200 at most. */
                    limit?: number;
                    /** @description Outcomes, with commas between: `denied,failed`. */
                    outcome?: string;
                    /** @description A principal's id. */
                    person?: string;
                    /** @description Part of the object, the details, the address or the request's id; case does not matter. */
                    text?: string;
                    /** @description Up to here, not included. */
                    until_ms?: number;
                    /** @description Verbs and areas of `docs/audit-verbs.md`, with commas between: `file.write,members`. */
                    verb?: string;
                    /** @description A workspace's id. */
                    workspace?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AuditPage"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Walks the whole chain. The answer comes when it is done, or says after a while that it goes on. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AuditState"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The rows of a question as a file, oldest first, as they are in the chain. */
        get: {
            parameters: {
                query?: {
                    /** @description `jsonl` or `csv`. */
                    format?: "jsonl" | "csv";
                    /** @description Milliseconds since 1970: from here on. */
                    from_ms?: number;
                    /** @description Outcomes, with commas between: `denied,failed`. */
                    outcome?: string;
                    /** @description A principal's id. */
                    person?: string;
                    /** @description Part of the object, the details, the address or the request's id; case does not matter. */
                    text?: string;
                    /** @description Up to here, not included. */
                    until_ms?: number;
                    /** @description Verbs and areas of `docs/audit-verbs.md`, with commas between: `file.write,members`. */
                    verb?: string;
                    /** @description A workspace's id. */
                    workspace?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/x-ndjson": string;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/state": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How long the log is, and what the last check showed. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AuditState"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/verbs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The words of the audit log, with what people read. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Verb"][];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/break-glass": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every access to a workspace of others, the latest first. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BreakGlass"][];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        /** Takes access to a workspace of others, for an hour. Its owners are told. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["BeginBreakGlass"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BreakGlass"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description Not the caller's password, or not a browser. */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description A member, or inside already. */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/break-glass/{access}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Ends an access, one's own or another administrator's. What is open by it ends at once. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    access: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/copies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Copies that lie on machines for nothing, asked of every machine. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SetAsideCopies"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/enter": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Swaps a single-use link for a signed-in browser. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Enter"];
                };
            };
            responses: {
                /** @description Signed in; the cookie is set. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Me"];
                    };
                };
                /** @description The log-in name is taken. */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description The link was used or has expired. */
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hosts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The hosts of all runtimes. */
        get: {
            parameters: {
                query?: {
                    /** @description Most items; 200 without, and at most. */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RuntimeList_HostSummary"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hosts/{host}/workers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The workers of one host. */
        get: {
            parameters: {
                query?: {
                    /** @description Most items; 200 without, and at most. */
                    limit?: number;
                };
                header?: never;
                path: {
                    host: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RuntimeList_WorkerSummary"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The invitations in force to this Stead alone. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Invitation"][];
                    };
                };
            };
        };
        put?: never;
        /** Invites people to this Stead: whoever opens the link may make an account. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CreateInvitation"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["NewInvitation"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invitations/{invitation}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Takes an invitation to this Stead back. Whoever came by it stays. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    invitation: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/join": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes an invitation with the account that is signed in. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Join"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Joined"];
                    };
                };
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/join/account": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes an invitation with a new account, and signs its browser in. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["JoinAccount"];
                };
            };
            responses: {
                /** @description Signed in; the cookie is set. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Me"];
                    };
                };
                /** @description The log-in name is taken. */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/join/details": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What an invitation is to. Looking uses nothing up. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Join"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["JoinDetails"];
                    };
                };
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/leave": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Signs this browser or program out, and ends what it has open. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes a single-use link that signs in another device of the same person. It proves no more than
         *     the sign-in that it was made with; the command line's has access to the machine.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Link"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/machines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every machine that joined, the oldest first. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Machine"][];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/machines/{machine}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Removes a machine: whatever it has open ends, and its certificate is refused from now on. It
         *     must have no workspaces, or be lost and its workspaces be given up.
         */
        delete: {
            parameters: {
                query?: {
                    /** @description The machine is lost, and its workspaces are given up: they are deleted here. */
                    give_up_workspaces?: boolean;
                };
                header?: never;
                path: {
                    machine: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /** Gives a machine another name, drains it, or lets it take new workspaces again. */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    machine: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["UpdateMachine"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Machine"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/v1/machines/{machine}/dial": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Takes a connection of a machine that joined. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    machine: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                101: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                426: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/machines/{machine}/drain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The last time that the machine was emptied; `null` when it never was. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    machine: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Drain"] | null;
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Drains a machine and moves its workspaces away, one after the other. Those with a session wait
         *     until that was stopped, unless it is said to stop them. Said again, what failed is tried again.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    machine: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["StartDrain"];
                };
            };
            responses: {
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Drain"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description No other machine has room. */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        /**
         * Stops to empty a machine: what moves away from it goes back, what has come away stays away, and
         *     the machine still takes nothing new.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    machine: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Drain"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/machines/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes a token by which one machine joins, within an hour. Nobody is shown it again. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["InviteMachine"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MachineInvitation"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/machines/join": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Lets a machine in that has a token, once. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["JoinMachine"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["JoinedMachine"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is signed in. A browser that asks stays signed in for another thirty days. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Me"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Changes what others see of the person, or what it types to sign in. */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["UpdateMe"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Me"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description The log-in name is taken. */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/v1/me/environment": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the caller has for every workspace: names, plain values. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Environment"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/environment/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Sets a variable of the caller, given to the terminals and agents that they start. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SetVariable"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Environment"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        post?: never;
        /** Removes a variable of the caller. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/environment/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The same for the caller's own variables. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ImportEnvironment"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Import"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/git-credentials/{host}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Sets the credential with which Git asks a host on the caller's behalf. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    host: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SetGitCredential"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Environment"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        post?: never;
        /** Removes the caller's credential for a host. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    host: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/identities": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The accounts at OpenID providers that sign the person in, the oldest first. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Identity"][];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/identities/{identity}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Parts the person from an account at a provider. Refused for the last way to sign in. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    identity: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description It is the last way to sign in. */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Sets or changes the password. Other browsers of the person are signed out; tokens stay. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ChangePassword"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description The old password is not right, or there is none and the sign-in is not of just now. */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/moves": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The last move of each workspace, the newest first. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Move"][];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/oidc/{provider}/link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begins joining an account at a provider to the one that is signed in. Whoever has a password
         *     gives it once more, others must have signed in just now: a browser that somebody left open is
         *     not enough to give a stranger a way in.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    provider: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["LinkOidc"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OidcRedirect"];
                    };
                };
                /** @description The password is not right, or the sign-in is not of just now. */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/oidc/{provider}/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begins a sign-in with a provider: gives the address that the page goes to. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    provider: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["StartOidc"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OidcRedirect"];
                    };
                };
                /** @description Asked for under another address. */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description The provider does not answer. */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The API's description (OpenAPI 3.1). */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sets a new password and signs this browser in. Every other browser of the person is signed out. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ResetPassword"];
                };
            };
            responses: {
                /** @description Signed in; the cookie is set. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Me"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reset/details": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Whose password a link resets. Looking uses nothing up. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Reset"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ResetDetails"];
                    };
                };
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runtimes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The runtimes. */
        get: {
            parameters: {
                query?: {
                    /** @description Most items; 200 without, and at most. */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RuntimeList_RuntimeSummary"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Registers another installation as a runtime. One that does not answer is registered too, and
         *     shown as unavailable.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RegisterRuntime"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RuntimeSummary"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runtimes/{runtime}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Forgets a remote runtime, with its address and token. Its workers go on where they are. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    runtime: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runtimes/{runtime}/workers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Asks a runtime for a worker. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    runtime: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["WorkerSpawnRequest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WorkerSpawnResult"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description The runtime makes no workers; the result, and `error`. */
                501: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runtimes/{runtime}/workers/{worker}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One worker. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    runtime: string;
                    worker: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WorkerLookupResult"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runtimes/{runtime}/workers/{worker}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Gives a worker up; its transcript stays. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    runtime: string;
                    worker: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WorkerStopResult"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description The runtime does not stop workers; the result, and `error`. */
                501: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runtimes/{runtime}/workers/{worker}/connect-points": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Further ways to a worker. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    runtime: string;
                    worker: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WorkerProxyConnectPoint"][];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runtimes/{runtime}/workers/{worker}/input": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Says something to a worker. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    runtime: string;
                    worker: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["WorkerInputRequest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WorkerInputResult"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description The runtime takes no input; the result, and `error`. */
                501: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runtimes/{runtime}/workers/{worker}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stops a worker; its transcript stays. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    runtime: string;
                    worker: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["WorkerStopBody"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WorkerStopResult"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description The runtime does not stop workers; the result, and `error`. */
                501: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runtimes/{runtime}/workers/{worker}/transcript": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A page of what was said to a worker. */
        get: {
            parameters: {
                query?: {
                    /** @description Most items, 256 at most. */
                    limit?: number;
                    /** @description Items to leave out; none without. */
                    start?: number;
                };
                header?: never;
                path: {
                    runtime: string;
                    worker: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WorkerTranscriptProjection"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description The runtime shows no transcripts; the result, and `error`. */
                501: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sign-in": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The ways into this Stead. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SignInMethods"];
                    };
                };
            };
        };
        put?: never;
        /** Signs a browser in by a log-in name and a password. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SignIn"];
                };
            };
            responses: {
                /** @description Signed in; the cookie is set. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Me"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sign-ins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The person's browsers and command line, the last used first. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SignInEntry"][];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Signs every other browser of the person out. The command line and tokens stay. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sign-ins/{login}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Signs one browser or program of the person out; what it has open ends at once. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    login: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/templates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Everything a workspace can be filled with. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Template"][];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The person's tokens, the newest first. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Token"][];
                    };
                };
            };
        };
        put?: never;
        /** Makes a token. The secret is in this answer and nowhere else. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CreateToken"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["NewToken"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens/{login}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revokes a token; what it has open ends at once. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    login: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/traces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes down what a person did, below which their requests are. Nothing is kept where nobody
         *     collects traces.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PageAction"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The workers of all runtimes. */
        get: {
            parameters: {
                query?: {
                    /** @description Most items; 200 without, and at most. */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RuntimeList_WorkerSummary"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The caller's workspaces, the last used first. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Workspace"][];
                    };
                };
            };
        };
        put?: never;
        /**
         * Makes a workspace and fills it; the filling goes on in its kernel, whose state tells how far
         *     it is.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CreateWorkspace"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Workspace"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One workspace. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Workspace"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Stops what runs in a workspace and deletes it with its files. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /** Gives a workspace another name. */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["UpdateWorkspace"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Workspace"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/v1/workspaces/{id}/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A directory or file as `.tar.gz`, made while it is sent. */
        get: {
            parameters: {
                query?: {
                    /** @description Empty for the workspace */
                    path?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description `invalid_path`, `not_found` */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/gzip": number[];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened in a workspace, newest first. */
        get: {
            parameters: {
                query?: {
                    /** @description `next` of the page before. */
                    before?: string;
                    /** @description Milliseconds since 1970: from here on. */
                    from_ms?: number;
                    /** @description Rows, 200 at most. */
                    limit?: number;
                    /** @description Outcomes, with commas between: `denied,failed`. */
                    outcome?: string;
                    /** @description A principal's id. */
                    person?: string;
                    /** @description Part of the object, the details, the address or the request's id; case does not matter. */
                    text?: string;
                    /** @description Up to here, not included. */
                    until_ms?: number;
                    /** @description Verbs and areas of `docs/audit-verbs.md`, with commas between: `file.write,members`. */
                    verb?: string;
                    /** @description A workspace's id. */
                    workspace?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AuditPage"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/audit/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The same for a workspace, without addresses and log-ins. */
        get: {
            parameters: {
                query?: {
                    /** @description `jsonl` or `csv`. */
                    format?: "jsonl" | "csv";
                    /** @description Milliseconds since 1970: from here on. */
                    from_ms?: number;
                    /** @description Outcomes, with commas between: `denied,failed`. */
                    outcome?: string;
                    /** @description A principal's id. */
                    person?: string;
                    /** @description Part of the object, the details, the address or the request's id; case does not matter. */
                    text?: string;
                    /** @description Up to here, not included. */
                    until_ms?: number;
                    /** @description Verbs and areas of `docs/audit-verbs.md`, with commas between: `file.write,members`. */
                    verb?: string;
                    /** @description A workspace's id. */
                    workspace?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/x-ndjson": string;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/break-glass": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The accesses to the workspace, the latest first. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BreakGlass"][];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/break-glass/{access}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Ends an administrator's access to the workspace. What is open by it ends at once. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    access: string;
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/break-glass/{access}/seen": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Remembers that the caller knows of an access to the workspace. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    access: string;
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/copies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where there are copies of the workspace, asked of every machine. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Copies"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Takes the copy on one machine for the workspace. The others that can be reached never start
         *     again; nothing is deleted. Interrupted, it is said again.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PlaceAnew"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Copies"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description Nothing is wrong with where it is, no copy is there, it is being moved, or what is said about other copies is missing. */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/copies/{place}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Deletes such a copy, for ever. The workspace itself, and copies elsewhere, stay. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                    /** @description A machine's id, or `gateway` for the gateway's own. */
                    place: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description The copy was not set aside, or the workspace is looked for there. */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/dev-server/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The dev server's last output as plain text, with secrets masked for everybody: logs are passed
         *     on. Empty when it has not run.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/plain": string;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/dev-server/restart": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stops the dev server and starts it again (S1.34). */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RuntimeState"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/dev-server/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Starts the dev server unless it runs or starts. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RuntimeState"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/dev-server/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stops the dev server; the session goes on. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RuntimeState"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/document-conflicts/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Open conflicts of a document. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                    /** @description Workspace-relative path */
                    path: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DocumentConflict"][];
                    };
                };
            };
        };
        put?: never;
        /** Ends a conflict. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                    /** @description Workspace-relative path */
                    path: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ResolveConflict"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description Those that are left */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DocumentConflict"][];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/document-history/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a document went through: who changed how much, and when. Versions are coarse. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                    /** @description Workspace-relative path */
                    path: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DocumentHistory"];
                    };
                };
            };
        };
        put?: never;
        /** Makes the text of a version the text of the document, as an edit like any other. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                    /** @description Workspace-relative path */
                    path: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RestoreVersion"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description With the new version */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DocumentHistory"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/document-versions/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The text of a document at the end of a version. */
        get: {
            parameters: {
                query: {
                    version: number;
                };
                header?: never;
                path: {
                    id: string;
                    /** @description Workspace-relative path */
                    path: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DocumentVersionText"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/documents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Documents that are open. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OpenDocument"][];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/documents/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Opens the document of a file and joins it. */
        get: {
            parameters: {
                query?: {
                    /** @description `1`: also messages of ours (number 64), which clients of Yjs do not know. */
                    stead?: string;
                };
                header?: never;
                path: {
                    id: string;
                    /** @description Workspace-relative path */
                    path: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                101: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                426: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/environment": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a workspace has: names, plain values, who set them. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Environment"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/environment/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Sets a variable of the workspace, for processes that start from here on. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                    name: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SetVariable"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Environment"];
                    };
                };
                /** @description The name is reserved or no name. */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        post?: never;
        /** Removes a variable of the workspace. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/environment/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sets the variables of a `.env` text, or shows what that would change. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ImportEnvironment"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Import"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A page of the journal. */
        get: {
            parameters: {
                query?: {
                    /** @description First sequence number that is wanted. */
                    from?: number;
                    /** @description At most this many. */
                    limit?: number;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["EventPage"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/files/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The content of a file, whole or one range. Nothing that is sent here runs in a browser. */
        get: {
            parameters: {
                query?: {
                    /** @description Present: the browser saves it */
                    download?: string;
                };
                header?: {
                    /** @description Known entity tags */
                    "if-none-match"?: string | null;
                    /** @description One range of bytes */
                    range?: string | null;
                };
                path: {
                    id: string;
                    /** @description Workspace-relative path */
                    path: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description `invalid_path`, `not_found`, `conflict`, `range_not_satisfiable` */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": number[];
                    };
                };
                206: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": number[];
                    };
                };
                /** @description The client has it already */
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        /**
         * Writes a file whole and makes the directories above it. Where the file is open as a document, what
         *     people typed meanwhile is merged with it; the answer tells what is in the file then.
         */
        put: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Write only over this content */
                    "if-match"?: string | null;
                    /** @description `*`: write only a new file */
                    "if-none-match"?: string | null;
                };
                path: {
                    id: string;
                    /** @description Workspace-relative path */
                    path: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/octet-stream": number[];
                };
            };
            responses: {
                /** @description `invalid_path`, `conflict`, `forbidden` */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Written"];
                    };
                };
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Written"];
                    };
                };
                /** @description `precondition_failed`, with the current `etag` in `details` */
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description `too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description `storage_full`; the old content is intact */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        post?: never;
        /** Deletes a file, or a directory with everything below. */
        delete: {
            parameters: {
                query?: {
                    /** @description Refuse a directory */
                    only_file?: boolean;
                };
                header?: never;
                path: {
                    id: string;
                    /** @description Workspace-relative path */
                    path: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description `invalid_path`, `not_found`, `forbidden`, `conflict` */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description It is gone */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/fs/copy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Copies a file, or a directory with everything below. The target must not exist. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RenameBody"];
                };
            };
            responses: {
                /** @description `invalid_path`, `not_found`, `already_exists`, `too_large` */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["FileEntry"];
                    };
                };
                /** @description `storage_full` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/fs/mkdir": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes a directory and those above it. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PathBody"];
                };
            };
            responses: {
                /** @description `invalid_path`, `already_exists` */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["FileEntry"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/fs/rename": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Moves a file or directory. The target must not exist; directories above it are made. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RenameBody"];
                };
            };
            responses: {
                /** @description `invalid_path`, `not_found`, `already_exists`, `invalid_request` */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["FileEntry"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/git-credentials/{host}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Sets the credential with which Git asks a host. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    host: string;
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SetGitCredential"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Environment"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        post?: never;
        /** Removes the credential for a host. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    host: string;
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/git/blame": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who wrote which lines. */
        get: {
            parameters: {
                query: {
                    path: string;
                    /** @description What is staged (content) or the file as it is (blame) when absent. */
                    revision?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GitBlame"][];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/git/branches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Branches here and at remotes. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GitBranch"][];
                    };
                };
            };
        };
        put?: never;
        /** Makes a branch. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CreateGitBranch"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GitStatus"];
                    };
                };
            };
        };
        /** Deletes a branch. */
        delete: {
            parameters: {
                query: {
                    /** @description Also with commits that are nowhere else. */
                    force?: boolean;
                    name: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GitStatus"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/git/branches/rename": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Gives a branch another name. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RenameGitBranch"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GitStatus"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/git/checkout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Checks out a branch or commit. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["GitCheckout"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GitStatus"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/git/commit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Commits what is staged, in the name of the principal. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["GitCommitBody"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GitStatus"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/git/commits/{revision}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One commit with its whole message. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                    revision: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GitCommit"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/git/conflict": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The versions of a file that conflicts. */
        get: {
            parameters: {
                query: {
                    path: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GitConflict"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/git/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The content of a file in another version. */
        get: {
            parameters: {
                query: {
                    path: string;
                    /** @description What is staged (content) or the file as it is (blame) when absent. */
                    revision?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": number[];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/git/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Compares. */
        get: {
            parameters: {
                query?: {
                    /** @description What this commit changed. */
                    commit?: string;
                    /** @description From this commit to `to`, or to the files as they are. */
                    from?: string;
                    ignore_space?: boolean;
                    /** @description Everything when absent. */
                    path?: string;
                    /** @description What is staged, instead of what is not. */
                    staged?: boolean;
                    to?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GitDiff"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/git/discard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Throws away changes that are not staged, and untracked files; the answer can undo it. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["GitPaths"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GitDiscarded"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/git/hunks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stages, unstages or discards parts of a file; a discard can be undone. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["GitHunks"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GitDiscarded"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/git/init": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes the workspace a repository. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GitStatus"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/git/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The history. */
        get: {
            parameters: {
                query?: {
                    /** @description Of every branch and tag. */
                    all?: boolean;
                    /** @description `HEAD` when absent. */
                    from?: string;
                    /** @description At most 1,000; 100 when absent. */
                    limit?: number;
                    path?: string;
                    /** @description In messages, whatever their case. */
                    search?: string;
                    skip?: number;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GitLog"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/git/merge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Merges a commit into the branch that is checked out. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["GitMerge"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GitStatus"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/git/operation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Goes on with a merge or the like, or takes it back. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["GitOperationBody"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GitStatus"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/git/remotes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Adds a remote, or changes its URL. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["AddGitRemote"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GitStatus"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/git/remotes/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Forgets a remote. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GitStatus"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/git/resolve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Decides a conflict; the answer can undo it. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["GitResolve"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GitDiscarded"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/git/stage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stages paths as they are. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["GitPaths"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GitStatus"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/git/stashes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Changes that were put aside. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GitStash"][];
                    };
                };
            };
        };
        put?: never;
        /** Puts changes aside. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["CreateGitStash"] | null;
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GitStatus"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/git/stashes/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Throws a stash away. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GitStatus"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/git/stashes/apply": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Brings a stash back. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ApplyGitStash"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GitStatus"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/git/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is checked out, and what is not as committed. Without a repository, an empty status. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GitStatus"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/git/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begins a fetch, pull or push. The status tells how far it is. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["StartGitTask"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GitTask"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/git/tasks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Cancels it; nothing happens when it has ended. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/git/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Puts back what a discard took. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["GitUndoBody"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GitStatus"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/git/unstage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes paths out of what is staged. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["GitPaths"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GitStatus"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The invitations in force to a workspace. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Invitation"][];
                    };
                };
            };
        };
        put?: never;
        /**
         * Invites people to a workspace: whoever opens the link becomes a member, with an account that is
         *     there already or a new one.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CreateInvitation"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["NewInvitation"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/invitations/{invitation}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Takes an invitation to a workspace back. Whoever came by it stays a member. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                    invitation: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/language-servers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The server for a file, none for a file of an unknown language; without a file, all of them. */
        get: {
            parameters: {
                query?: {
                    /** @description Only the one for this file. */
                    path?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LanguageServer"][];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/language-servers/{language}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Joins the server of a language: JSON-RPC of the Language Server Protocol, one message a frame. */
        get: {
            parameters: {
                query?: {
                    /** @description The directory that the server looks at; left out, the workspace. */
                    root?: string;
                    /** @description `1`: also messages of ours. */
                    stead?: string;
                };
                header?: never;
                path: {
                    id: string;
                    /** @description `typescript`, `python`, `rust`, `go` */
                    language: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                101: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/language-servers/action": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Carries out what the server offers at a place: a fix, another shape of the code. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RunCodeAction"];
                };
            };
            responses: {
                /** @description `conflict`, `not_found`: nothing was changed */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LanguageEdit"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/language-servers/rename": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Gives what is at a place another name, in every file of the workspace. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RenameSymbol"];
                };
            };
            responses: {
                /** @description `conflict`, `not_found`: nothing was changed */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LanguageEdit"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/leave": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Gives the caller's own role back. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description It is the last owner. */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Everybody with a role in the workspace, by name. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Member"][];
                    };
                };
            };
        };
        put?: never;
        /**
         * Makes somebody a member by the exact log-in name. Names that nobody has are told, and slow down
         *     whoever tries many.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["AddMember"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Member"][];
                    };
                };
                /** @description Nobody signs in by this name. */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description The person is a member already. */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/members/{principal}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Takes a member's role away. What the member has open here ends. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                    principal: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description It is the last owner. */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /** Gives a member another role. What the member has open here ends. */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                    principal: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ChangeMember"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Member"][];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description It is the last owner. */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/v1/workspaces/{id}/move": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The last move of the workspace; `null` when it was never moved. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Move"] | null;
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Moves a workspace to another machine. It must be stopped, or be said to be stopped first; it
         *     cannot be used until it has come there.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["StartMove"];
                };
            };
            responses: {
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Move"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        /**
         * Stops a move: the workspace is used where it was. Once it has started on the new machine there is
         *     no way back but another move.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Move"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/owner": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes another member the owner; the caller stays as an editor. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["HandOver"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Member"][];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/preview/grant": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A link into a preview, for a frame or a tab. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["GrantRequest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Grant"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/preview/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Answers as soon as the port accepts connections, for 25 s at most. */
        get: {
            parameters: {
                query?: {
                    /** @description Absent means the port that the preview shows. */
                    port?: number;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                504: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/processes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The processes of the workspace; secrets in command lines are masked. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ProcessInfo"][];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/processes/{pid}/signal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sends a signal to a process of the workspace. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                    pid: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SignalBody"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/pty": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Attaches to the primary terminal; opens it when there is none and the caller may. */
        get: {
            parameters: {
                query?: {
                    /** @description What the client can show. */
                    cols?: number;
                    /** @description The PTY that the client was attached to, and the offset after its last byte. */
                    id?: string;
                    offset?: number;
                    /** @description Masks secrets also for those who may see them; for viewers they always are. */
                    redact?: boolean;
                    rows?: number;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                101: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                426: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/search/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lines with the text, file by file as they are found; `application/x-ndjson`. Ends when the client
         *     goes away.
         */
        get: {
            parameters: {
                query: {
                    case?: components["schemas"]["Case"];
                    /** @description Globs joined by commas; files and directories that are left out. */
                    exclude?: string;
                    /** @description Matches of one file at most; 1,000 when absent. */
                    file_limit?: number;
                    /** @description Looks into what the ignore rules name, too. `.git` is never looked into. */
                    ignored?: boolean;
                    /**
                     * @description Globs joined by commas; only files that one of them fits. Without `/` in it a glob fits names
                     *     at any depth, and everything below a directory that it fits; with one it fits paths from the
                     *     root of the workspace.
                     */
                    include?: string;
                    /** @description Matches at most; 10,000 when absent. */
                    limit?: number;
                    /** @description The text, or a regular expression. A match never spans lines. */
                    q: string;
                    /** @description `q` is a regular expression (syntax of Rust's `regex`: linear time, no look-around). */
                    regex?: boolean;
                    /**
                     * @description What each match would become. With `regex`, `$1` and `${name}` stand for groups, `$0` for the
                     *     match, `$$` for a dollar sign, `\n`, `\t` and `\\` for themselves; without it is taken as it
                     *     is.
                     */
                    replacement?: string;
                    /** @description Leaves out names that begin with a dot. */
                    skip_hidden?: boolean;
                    /** @description Only where `q` is not a part of a longer word. */
                    word?: boolean;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/x-ndjson": components["schemas"]["SearchLine"];
                    };
                };
                /** @description `invalid_request`, with `field` and `position` in `details` */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/search/names": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Files whose path has the letters of the query in order, best first. Ignore rules hold. */
        get: {
            parameters: {
                query: {
                    /** @description At most 500; 50 when absent */
                    limit?: number;
                    /** @description A few letters of the path, in order */
                    q: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["NameMatches"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/search/replace": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Replaces what was previewed; one line for each file. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ReplaceBody"];
                };
            };
            responses: {
                /** @description `invalid_request`, `too_large` */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/x-ndjson": components["schemas"]["ReplaceLine"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/search/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes a replacement back, as far as files have not changed since; one line for each file. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["UndoBody"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/x-ndjson": components["schemas"]["ReplaceLine"];
                    };
                };
                /** @description `not_found`: it can no longer be taken back */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/session/restart": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop, then start. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["StartSession"] | null;
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RuntimeState"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/session/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Starts a session unless one runs (S1.48, S1.87): refused with the state in `details` otherwise. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["StartSession"] | null;
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RuntimeState"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/session/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Starts a session. Idempotent. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["StartSession"] | null;
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RuntimeState"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/session/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends everything that runs in the workspace; answers when it is gone and its ports are free. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["StopSession"] | null;
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RuntimeState"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The workspace's settings. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Settings"];
                    };
                };
            };
        };
        /** Replaces the workspace's settings. Commands and ports count from the next start on. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Settings"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Settings"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/setup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Fills an empty workspace: goes on after the answer, the state has the progress. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Source"];
                };
            };
            responses: {
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RuntimeState"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        /** Cancels the clone that fills the workspace; the state then says that it failed, and why. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/shares": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The workspace's shares, the newest first. Ended ones are gone. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Share"][];
                    };
                };
            };
        };
        put?: never;
        /** Makes a share. Without more it has a link that lets in whoever has it. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CreateShare"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Share"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description The slug is taken. */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/shares/{share}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Ends a share for good: its addresses lead nowhere, and every visit ends. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                    share: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /** Changes a share. What narrows who is let in is felt at once: everybody comes in again. */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                    share: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["UpdateShare"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Share"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/v1/workspaces/{id}/shares/slugs/{word}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether a slug can be had, for whoever types it. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                    word: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SlugCheck"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/state": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The runtime state (S1.49). */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RuntimeState"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Load of the workspace against its own limits (S2.50 to S2.53). */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SystemStats"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/terminals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Open terminals in the order in which they were opened. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TerminalInfo"][];
                    };
                };
            };
        };
        put?: never;
        /** Opens a terminal. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["OpenTerminal"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TerminalInfo"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/terminals/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Attaches to a terminal; opens it when there is none and the caller may. */
        get: {
            parameters: {
                query?: {
                    /** @description What the client can show. */
                    cols?: number;
                    /** @description The PTY that the client was attached to, and the offset after its last byte. */
                    id?: string;
                    offset?: number;
                    /** @description Masks secrets also for those who may see them; for viewers they always are. */
                    redact?: boolean;
                    rows?: number;
                };
                header?: never;
                path: {
                    id: string;
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                101: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                426: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Ends a terminal and its process group. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/terminals/{name}/input": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Types into a terminal (S1.11, S1.30). Without a living one it fails. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                    name: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["TerminalInput"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/terminals/{name}/output": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Streams a terminal's output: `connected`, `output`, `close`. */
        get: {
            parameters: {
                query?: {
                    /** @description What the client can show. */
                    cols?: number;
                    /** @description The PTY that the client was attached to, and the offset after its last byte. */
                    id?: string;
                    offset?: number;
                    /** @description Masks secrets also for those who may see them; for viewers they always are. */
                    redact?: boolean;
                    rows?: number;
                };
                header?: never;
                path: {
                    id: string;
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": string;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/terminals/{name}/screen": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Scrollback tail and screen as plain text; for viewers with secrets masked. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/plain": string;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/text-sync/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Opens the document of a file for a client that sends whole texts. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                    /** @description Workspace-relative path */
                    path: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                101: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                426: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/tree": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists one directory; an empty path is the workspace. */
        get: {
            parameters: {
                query?: {
                    /** @description Directory; empty for the workspace */
                    path?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description `invalid_path`, `not_found`, `conflict` */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Listing"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{id}/ws": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The general WebSocket: state, events, file changes, people, load, as they come; events from a
         *     sequence number on.
         */
        get: {
            parameters: {
                query?: {
                    /** @description First event that is wanted; only what is new when absent. */
                    from?: number;
                    /** @description Topics joined by commas; `state,events,files,people` when absent. */
                    topics?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                101: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                426: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/workers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The workers of all runtimes. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RuntimeList_WorkerSummary"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The gateway's process answers. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/indexes/userspace/collab/workspaces/{id}/files/create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes a file; 409 when there is one (S0.67). */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CollabCreate"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/indexes/userspace/collab/workspaces/{id}/files/delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Deletes a file: 404 without it, 409 when it is a directory (S0.69). */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CollabDelete"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/indexes/userspace/collab/workspaces/{id}/files/rename": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Renames a file: 404 without it, 409 when the target exists (S0.68). */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CollabRename"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/indexes/userspace/runtime/workspaces/{id}/devserver/restart": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends the dev server and starts it anew; needs a running session (S0.64). */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["UserspaceAction"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/indexes/userspace/runtime/workspaces/{id}/devserver/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Starts the dev server; needs a running session (S0.63). */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["UserspaceAction"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/indexes/userspace/runtime/workspaces/{id}/devserver/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How the dev server is (S0.62, S0.79). */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["UserspaceStatus"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/indexes/userspace/runtime/workspaces/{id}/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The session of a workspace (S0.59). */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["UserspaceSessionAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/indexes/userspace/runtime/workspaces/{id}/session/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Starts a session; the one that runs is as good (S0.60). */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["UserspaceAction"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/indexes/userspace/runtime/workspaces/{id}/session/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends the session; 404 when none is active (S0.61). */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["UserspaceAction"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Numbers in the text format of Prometheus. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/plain": unknown;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/oidc/{provider}/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where a provider sends the browser back to: 303 to where the person wanted to go, or to a page
         *     that says why not.
         */
        get: {
            parameters: {
                query?: {
                    code?: string;
                    error?: string;
                    iss?: string;
                    state?: string;
                };
                header?: never;
                path: {
                    provider: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Signed in, or a page that says why not. */
                303: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/preview/enter": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * `GET /preview/enter?host=LABEL&path=P`: sends a browser that is signed in here back to the
         *     preview it came from, with a grant.
         */
        get: {
            parameters: {
                query: {
                    host: string;
                    path?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                303: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The host answers too, and the database takes changes. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runtime": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is offered. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OfferedRuntime"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The workers of the offered runtime. */
        get: {
            parameters: {
                query?: {
                    /** @description Most items; 200 without, and at most. */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RuntimeList_WorkerSummary"];
                    };
                };
            };
        };
        put?: never;
        /** Makes a worker. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["WorkerSpawnRequest"];
                };
            };
            responses: {
                /** @description The runtime rejected it; nothing was made. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WorkerSpawnResult"];
                    };
                };
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WorkerSpawnResult"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workers/{worker}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One worker. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    worker: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WorkerSummary"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workers/{worker}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Gives a worker up. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    worker: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WorkerStopResult"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workers/{worker}/input": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Says something to a worker. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    worker: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["WorkerInputRequest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WorkerInputResult"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workers/{worker}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stops a worker. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    worker: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["WorkerStopBody"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WorkerStopResult"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workers/{worker}/transcript": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A page of what was said to a worker. */
        get: {
            parameters: {
                query?: {
                    /** @description Most items, 256 at most. */
                    limit?: number;
                    /** @description Items to leave out; none without. */
                    start?: number;
                };
                header?: never;
                path: {
                    worker: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WorkerTranscriptProjection"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description One person's account, as administrators see it (`GET /api/v1/accounts`). */
        Account: {
            administrator: boolean;
            /** Format: int64 */
            created_at_ms: number;
            /** @description Signed out everywhere, and kept out. */
            disabled: boolean;
            email: string | null;
            has_password: boolean;
            id: components["schemas"]["PrincipalId"];
            /** @description What the person types to sign in with a password; unique. */
            login_name: string | null;
            /** @description How others see the person. */
            name: string;
            /**
             * Format: int64
             * @description Milliseconds since 1970 of the last use by a browser or program that is still signed in.
             */
            seen_at_ms: number | null;
        };
        /** @description Body of `POST /api/v1/git/remotes`. */
        AddGitRemote: {
            name: string;
            /** @description `https://…`; credentials belong into the workspace's environment, not here. */
            url: string;
        };
        /** @description Body of `POST /api/v1/workspaces/{id}/members`. */
        AddMember: {
            /** @description What the person types to sign in, whole; a part of it finds nobody. */
            login_name: string;
            role: components["schemas"]["Role"];
        };
        /** @description Body of `POST /api/v1/git/stashes/apply`. */
        ApplyGitStash: {
            /** @description Remove it when it was applied without conflict. */
            drop: boolean;
            id: string;
        };
        /**
         * @description What a verb is about.
         * @enum {string}
         */
        Area: "accounts" | "administration" | "workspaces" | "members" | "shares" | "runtime" | "terminals" | "files" | "documents" | "git" | "environment" | "previews" | "agents" | "audit";
        /** @description A walk over the chain. */
        AuditCheck: {
            result: components["schemas"]["AuditResult"];
            /**
             * Format: int64
             * @description Rows that were looked at.
             */
            rows: number;
            /** Format: int64 */
            started_at_ms: number;
        };
        /** @description One row of the audit log, as people ask for it. */
        AuditEntry: {
            /** @description Where the request came from; told to administrators only. */
            address: string | null;
            /** @description Further facts by name. */
            details: Record<string, never>;
            /**
             * Format: int64
             * @description The row of the chain that says when it began.
             */
            follows: number | null;
            hash: string;
            /** @description The login or token that acted; told to administrators only. */
            login: string | null;
            /** @description What it was done to: a path, a name, an id. */
            object: string | null;
            /** @description The program that acted for the principal. */
            operator: string | null;
            outcome: components["schemas"]["Outcome"];
            /** @description Who; nobody for what Stead does by itself. */
            principal: string | null;
            request_id: string | null;
            /**
             * Format: int64
             * @description Place in the chain.
             */
            seq: number;
            /**
             * Format: int64
             * @description Milliseconds since 1970.
             */
            time_ms: number;
            /** @description A verb of the glossary. */
            verb: string;
            workspace: string | null;
        };
        /** @description Answer of `GET /api/v1/audit`: newest first. */
        AuditPage: {
            entries: components["schemas"]["AuditEntry"][];
            /** @description Ask with this as `before` for what is older; absent at the end. */
            next: string | null;
            /** @description Names of the people that the entries mention, by id. */
            people: {
                [key: string]: string;
            };
            /**
             * Format: int64
             * @description Time of the oldest row that was looked at, in milliseconds since 1970; absent at the end. A
             *     search for a text may find little in one page and go on in the next.
             */
            searched_until_ms: number | null;
            /** @description Names of the workspaces that there still are, by id. */
            workspaces: {
                [key: string]: string;
            };
        };
        /** @description What walking the chain showed. */
        AuditResult: {
            /** @enum {string} */
            kind: "running";
        } | {
            /** @enum {string} */
            kind: "whole";
        } | {
            /** @enum {string} */
            kind: "broken";
            /** Format: int64 */
            seq: number;
        } | {
            /** Format: int64 */
            expected: number;
            /** @enum {string} */
            kind: "cut";
        } | {
            /** @enum {string} */
            kind: "rewritten";
            /** Format: int64 */
            seq: number;
        } | {
            /** @enum {string} */
            kind: "failed";
        };
        /** @description Answer of `GET /api/v1/audit/state`. */
        AuditState: {
            check: components["schemas"]["AuditCheck"] | null;
            /** @description Hash of the last one. */
            head: string;
            /**
             * Format: int64
             * @description Rows in the chain.
             */
            rows: number;
            /** @description Whether it can be written to now. While it cannot, every change is refused. */
            writable: boolean;
        };
        /** @description Who changed a file, as far as it is known. */
        Author: {
            kind: components["schemas"]["AuthorKind"];
            /** @description The program that acted for the person: `browser`, `cli`, … */
            operator: string | null;
            /** @description Of a person. */
            principal: string | null;
        };
        /** @enum {string} */
        AuthorKind: "person" | "agent" | "process" | "git" | "kernel";
        /** @description Body of `POST /api/v1/break-glass`. */
        BeginBreakGlass: {
            /** @description The caller's own. Somebody without one has signed in a few minutes ago. */
            password: string | null;
            /** @description Told to the owners. 10 to 500 characters. */
            reason: string;
            /** @description `viewer` or `editor`. */
            role: components["schemas"]["Role"];
            workspace: components["schemas"]["WorkspaceId"];
        };
        /** @description One access of an administrator to a workspace of others. */
        BreakGlass: {
            /** Format: int64 */
            begun_at_ms: number;
            /**
             * Format: int64
             * @description When it was over; absent while it lasts.
             */
            ended_at_ms: number | null;
            /** @description Who ended it before its time. */
            ended_by: string | null;
            /** Format: int64 */
            expires_at_ms: number;
            id: components["schemas"]["BreakGlassId"];
            name: string;
            /** @description Who took it. */
            principal: components["schemas"]["PrincipalId"];
            reason: string;
            role: components["schemas"]["Role"];
            /** @description Whether the caller said to have seen it. */
            seen: boolean;
            workspace: components["schemas"]["WorkspaceId"];
            workspace_name: string;
        };
        /** @description Names one access of an administrator to a workspace of others. */
        BreakGlassId: string;
        /** @description What the compilers and bundlers in the dev server's output last said. */
        Build: {
            errors: components["schemas"]["BuildError"][];
            status: components["schemas"]["BuildStatus"];
        };
        /** @description One problem, at a place if the tool named one. */
        BuildError: {
            /**
             * Format: int32
             * @description From 1; 0 when unknown.
             */
            column: number;
            /** @description Workspace-relative path; empty when the tool named none. */
            file: string;
            /**
             * Format: int32
             * @description From 1; 0 when unknown.
             */
            line: number;
            message: string;
        };
        /** @enum {string} */
        BuildStatus: "idle" | "building" | "success" | "failed";
        /** @description How strongly the workspace is isolated and limited here. */
        Capabilities: {
            /**
             * Format: int64
             * @description Share of one core in thousandths: 1500 is one and a half cores.
             */
            cpu_millis_max: number | null;
            /**
             * Format: int64
             * @description Room for the workspace's files and home directory. Watched by the host, which ends the
             *     session that exceeds it; the file system itself knows no limit.
             */
            disk_bytes_max: number | null;
            /**
             * Format: int32
             * @description Landlock ABI in force, 0 for none.
             */
            landlock_abi: number;
            /** @description `cgroup_v2`, `cgroup_v1` or `rlimits`. */
            limits: string;
            /** Format: int64 */
            memory_bytes_max: number | null;
            /** @description What this machine could not give, in sentences. */
            missing: string[];
            /** @description `none`, `public`, `allow_list` or `full`. */
            network: string;
            /** Format: int64 */
            processes_max: number | null;
            /** @description `sandbox` or `process`. */
            provider: string;
            seccomp: boolean;
        };
        /** @enum {string} */
        Case: "smart" | "sensitive" | "insensitive";
        /** @description Body of `PATCH /api/v1/workspaces/{id}/members/{principal}`. */
        ChangeMember: {
            role: components["schemas"]["Role"];
        };
        /** @description Body of `PUT /api/v1/me/password`. */
        ChangePassword: {
            /** @description 10 to 256 characters. */
            new_password: string;
            /** @description Needed when there is one. */
            old_password: string | null;
        };
        /** @description Body of `POST …/files/create` (S0.67). */
        CollabCreate: {
            content: string;
            file_path: string;
        };
        /** @description Body of `POST …/files/delete` (S0.69). */
        CollabDelete: {
            file_path: string;
        };
        /** @description Body of `POST …/files/rename` (S0.68). */
        CollabRename: {
            new_path: string;
            old_path: string;
        };
        /** @description One tab of somebody who has the document open. */
        CollabUser: {
            /**
             * Format: int64
             * @description Tells two tabs of one person apart.
             */
            client_id: number;
            /** @description As the client sent it; `null` for clients of Yjs, whose places move with the text. */
            cursor: Record<string, never>;
            name: string | null;
            selection: Record<string, never>;
            /** @description When the entry came, RFC 3339. */
            updated_at: string;
            user_id: string;
        };
        /** @description Body of `POST /audit/collect`: what the gateway has in its database. */
        Collect: {
            /**
             * Format: int64
             * @description Entries up to this number are rows and need not be kept.
             */
            after: number;
            /** @description The outbox that the number belongs to; `None` on the first time. */
            outbox: string | null;
        };
        /** @description Its answer, as soon as there is something, or with nothing when the kernel ends. */
        Collected: {
            /** @description At most [`COLLECT_MAX`], in order. */
            entries: components["schemas"]["KernelEntry"][];
            /** @description Names the outbox; another one counts from 1 again. */
            outbox: string;
        };
        /** @description Names one connection of a client to a workspace. */
        ConnectionId: string;
        /** @description One match. `before`, `text` and `after` show it; what is cut away is an ellipsis. */
        ContentMatch: {
            after: string;
            before: string;
            /** Format: int32 */
            byte_end: number;
            /**
             * Format: int32
             * @description The same in bytes of the line as UTF-8, counted from 0.
             */
            byte_start: number;
            /**
             * Format: int32
             * @description First character, in UTF-16 units counted from 1, as browsers and editors count.
             */
            column: number;
            /**
             * Format: int32
             * @description After the last character.
             */
            end_column: number;
            /**
             * Format: int64
             * @description Counted from 1.
             */
            line: number;
            /** @description What the match would become. */
            replacement: string | null;
            text: string;
        };
        /** @description What is looked for, and where. */
        ContentQuery: {
            case: components["schemas"]["Case"];
            /** @description Globs joined by commas; files and directories that are left out. */
            exclude: string;
            /**
             * Format: int32
             * @description Matches of one file at most; 1,000 when absent.
             */
            file_limit: number | null;
            /** @description Looks into what the ignore rules name, too. `.git` is never looked into. */
            ignored: boolean;
            /**
             * @description Globs joined by commas; only files that one of them fits. Without `/` in it a glob fits names
             *     at any depth, and everything below a directory that it fits; with one it fits paths from the
             *     root of the workspace.
             */
            include: string;
            /**
             * Format: int32
             * @description Matches at most; 10,000 when absent.
             */
            limit: number | null;
            /** @description The text, or a regular expression. A match never spans lines. */
            q: string;
            /** @description `q` is a regular expression (syntax of Rust's `regex`: linear time, no look-around). */
            regex: boolean;
            /**
             * @description What each match would become. With `regex`, `$1` and `${name}` stand for groups, `$0` for the
             *     match, `$$` for a dollar sign, `\n`, `\t` and `\\` for themselves; without it is taken as it
             *     is.
             */
            replacement: string | null;
            /** @description Leaves out names that begin with a dot. */
            skip_hidden: boolean;
            /** @description Only where `q` is not a part of a longer word. */
            word: boolean;
        };
        /** @description Who changed a text. */
        Contributor: {
            kind: components["schemas"]["AuthorKind"];
            /** @description How to call the author. */
            name: string | null;
            /** @description The program that acted for the principal. */
            operator: string | null;
            /** @description The principal, when one is known. */
            principal: string | null;
        };
        /** @description Where there are copies of a workspace (`GET /api/v1/workspaces/{id}/copies`). */
        Copies: {
            /**
             * Format: int64
             * @description How often it was placed, as far as the database knows.
             */
            epoch: number;
            /** @description Its machine has heard of a later placement, so it starts nowhere: the database is older. */
            fenced: boolean;
            machine: components["schemas"]["MachineId"] | null;
            /** @description The gateway's own machine, and every one that joined. */
            places: components["schemas"]["CopyPlace"][];
        };
        /** @description Storage of a workspace on one machine. */
        Copy: {
            /** @description A kernel is there now. */
            awake: boolean;
            /**
             * Format: int64
             * @description When something last changed in it, roughly, by the clock of its machine.
             */
            changed_at_ms: number;
            /** @description No kernel starts there: a move holds it, or another copy took its place. */
            held: boolean;
            /** @description It never starts again: another copy took its place, and this one can be deleted. */
            sealed: boolean;
        };
        /** @description What one machine says of a workspace. */
        CopyPlace: {
            /** @description `false`: the machine does not answer, and may have a copy that runs. */
            answers: boolean;
            copy: components["schemas"]["Copy"] | null;
            /**
             * Format: int64
             * @description The highest number of placements that it has heard of: of several copies, the one with the
             *     highest was used last.
             */
            epoch: number;
            machine: components["schemas"]["MachineId"] | null;
        };
        /** @description Body of `POST /api/v1/git/branches`. */
        CreateGitBranch: {
            /** @description Go on working there. */
            checkout: boolean;
            /** @description `HEAD` when absent. */
            from: string | null;
            name: string;
        };
        /** @description Body of `POST /api/v1/git/stashes`. */
        CreateGitStash: {
            include_untracked: boolean;
            message: string;
        };
        /** @description Body of `POST /api/v1/invitations` and `POST /api/v1/workspaces/{id}/invitations`. */
        CreateInvitation: {
            /**
             * Format: int64
             * @description Seconds from now, at most 90 days; absent: 7 days.
             */
            expires_in_s: number | null;
            /** @description For whom it is, to tell it from others; at most 80 characters. */
            note: string;
            role: components["schemas"]["Role"] | null;
            /**
             * Format: int32
             * @description How many people it lets in, at most 1000; absent: 1.
             */
            uses_max: number | null;
        };
        /** @description Body of `POST /api/v1/workspaces/{id}/shares`. */
        CreateShare: {
            /**
             * Format: int64
             * @description Milliseconds since 1970.
             * @default null
             */
            expires_at_ms: number | null;
            /** @default link */
            mode: components["schemas"]["ShareMode"];
            /**
             * @description For [`ShareMode::Password`]: 6 characters at least.
             * @default null
             */
            password: string | null;
            /**
             * @description For [`ShareMode::Chosen`]: user names.
             * @default []
             */
            people: string[];
            /**
             * @description Lower-case letters, digits and single hyphens; unique among the owner's shares.
             * @default null
             */
            slug: string | null;
        };
        /** @description Body of `POST /api/v1/tokens`. */
        CreateToken: {
            /**
             * Format: int64
             * @description Seconds from now; absent: it has no end.
             */
            expires_in_s: number | null;
            /** @description 1 to 80 characters: what it is for. */
            name: string;
            read_only: boolean;
            /** @description For another installation: only an administrator's reaches the registry. */
            registry_only: boolean;
            /** @description Absent: every workspace of its person. */
            workspaces: components["schemas"]["WorkspaceId"][] | null;
        };
        /** @description Body of `POST /api/v1/workspaces`. */
        CreateWorkspace: {
            /** @description 1 to 80 characters; need not be unique. */
            name: string;
            source: components["schemas"]["Source"];
        };
        /** @description The one app process that Run starts. */
        DevServer: {
            /** @description The command line, once it is known. */
            command: string | null;
            exit: components["schemas"]["Exit"] | null;
            /** @description What was recognised: `vite`, `django`, `package.json`, `.stead.toml`, … */
            framework: string | null;
            /** @description The last lines of output before a failure, without escape sequences; at most 20. */
            last_lines: string[];
            phase: components["schemas"]["DevServerPhase"] | null;
            /** Format: int32 */
            pid: number | null;
            /**
             * @description Why it is not running, in a sentence a person can act on. `stopped` with a reason: a start
             *     found no app to run yet, which is no failure.
             */
            reason: string | null;
            /**
             * Format: int32
             * @description Restarts since the last time a person started it.
             */
            restarts: number;
            /**
             * Format: int64
             * @description When the next automatic restart is due, in milliseconds since 1970.
             */
            retry_at_ms: number | null;
            /** Format: int64 */
            started_at_ms: number | null;
            status: components["schemas"]["DevServerStatus"];
        };
        /** @enum {string} */
        DevServerPhase: "installing" | "launching";
        /** @enum {string} */
        DevServerStatus: "stopped" | "starting" | "ready" | "stopping" | "failed";
        /**
         * @description How much a diagnostic matters.
         * @enum {string}
         */
        DiagnosticSeverity: "info" | "warning" | "error";
        /** @description The room that the workspace's files and home directory take, as the host last measured it. */
        Disk: {
            /** @description The limit is reached: nothing can be added through the API until something is deleted. */
            full: boolean;
            /**
             * Format: int64
             * @description `None` where nothing was measured: there is no limit, and the disk has room.
             */
            used_bytes: number | null;
        };
        /** @description What a host tells a kernel about its disk (`POST /host/disk`). */
        DiskReport: {
            /** @description Why the session must end, in a sentence for people; `None` when it may go on. */
            stop: string | null;
            /**
             * Format: int64
             * @description Room that the workspace's files and home directory take.
             */
            used_bytes: number;
        };
        /**
         * @description A stretch that a document and its file rewrote at the same time. Both versions are in the text,
         *     the document's lines first, until somebody decides.
         */
        DocumentConflict: {
            /** Format: int64 */
            at_ms: number;
            /** @description Who wrote the file's version. */
            author: components["schemas"]["Contributor"];
            /** @description What was there before both. */
            base: string;
            /** @description The file's version. */
            disk: string;
            /** @description The document's version. */
            document: string;
            /** @description Beginning and end of both, as relative positions of Yjs in JSON. */
            from: Record<string, never>;
            /** Format: int64 */
            id: number;
            /**
             * Format: int64
             * @description Line of the text, from 1, where both versions begin.
             */
            line: number;
            to: Record<string, never>;
        };
        /** @description Answer of `GET /api/v1/document-history/{path}`, oldest first. */
        DocumentHistory: {
            versions: components["schemas"]["DocumentVersion"][];
        };
        /** @description A stretch of a document's history. Versions are coarse: people who type together share one. */
        DocumentVersion: {
            /** @description Empty for what was there before the first change that is known. */
            authors: components["schemas"]["VersionAuthor"][];
            /** Format: int64 */
            from_ms: number;
            /**
             * Format: int64
             * @description Length of the text at its end, in bytes.
             */
            size_bytes: number;
            /** Format: int64 */
            until_ms: number;
            /**
             * Format: int64
             * @description Rises with time; the first is 1. Older ones are given up when there are too many.
             */
            version: number;
        };
        /** @description Answer of `GET /api/v1/document-versions/{path}`: the text at the end of a version. */
        DocumentVersionText: {
            text: string;
            version: components["schemas"]["DocumentVersion"];
        };
        /** @description The last time that a machine was emptied (`GET /api/v1/machines/{machine}/drain`). */
        Drain: {
            /** Format: int64 */
            changed_at_ms: number;
            /** @description What keeps it from going on now. */
            error: string | null;
            machine: components["schemas"]["MachineId"];
            /** Format: int64 */
            started_at_ms: number;
            state: components["schemas"]["DrainState"];
            /** @description Sessions that run are stopped. Without it their workspaces wait until they were. */
            stop: boolean;
            /** @description What it is about: what is on the machine, and what has come away. */
            workspaces: components["schemas"]["DrainedWorkspace"][];
        };
        /**
         * @description How far one workspace is.
         * @enum {string}
         */
        DrainedState: "waiting" | "running" | "moving" | "moved" | "failed";
        /** @description One workspace of a machine that is emptied. */
        DrainedWorkspace: {
            progress: components["schemas"]["Move"] | null;
            state: components["schemas"]["DrainedState"];
            workspace: components["schemas"]["WorkspaceId"];
        };
        /**
         * @description How far a drain is.
         * @enum {string}
         */
        DrainState: "emptying" | "done" | "cancelled" | "failed";
        /** @enum {string} */
        EndedEarly: "matches" | "time";
        /** @description Body of `POST /api/v1/enter`. */
        Enter: {
            /** @description What stands behind `/enter/` in the link. */
            grant: string;
            /** @description What the person will type to sign in; made from the name when absent. */
            login_name?: string | null;
            /** @description How the person wants to be called. This and what follows is heard on the first time only. */
            name?: string | null;
            /** @description A password can be set later as well. */
            password?: string | null;
        };
        /** @description Answer of `GET …/environment`. */
        Environment: {
            /**
             * Format: int64
             * @description When something was last set or removed, in milliseconds since 1970; 0 for never. Processes
             *     that started before it have what was in force then.
             */
            changed_at_ms: number;
            /** @description By host. */
            credentials: components["schemas"]["GitCredential"][];
            /** @description Whether the caller may change them. */
            may_change: boolean;
            /** @description By name. */
            variables: components["schemas"]["Variable"][];
        };
        /** @description The body of every response with a status of 400 or more under `/api/`. */
        ErrorBody: {
            error: components["schemas"]["WireError"];
        };
        /**
         * @description Why a request was refused, as a closed list; each code has one HTTP status.
         * @enum {string}
         */
        ErrorCode: "invalid_request" | "invalid_path" | "invalid_identifier" | "unauthenticated" | "forbidden" | "foreign_origin" | "not_found" | "unknown_runtime" | "unknown_host" | "unknown_worker" | "method_not_allowed" | "already_exists" | "session_not_running" | "session_already_running" | "session_stopping" | "conflict" | "link_expired" | "precondition_failed" | "too_large" | "unsupported_content" | "range_not_satisfiable" | "upgrade_required" | "rate_limited" | "internal" | "unsupported" | "runtime_operation_failed" | "preview_unavailable" | "unavailable" | "capacity" | "timeout" | "storage_full";
        /** @description One entry of the journal. */
        Event: components["schemas"]["EventKind"] & {
            /** @description The program that acted for the principal: `browser`, `cli`, … */
            operator: string | null;
            /** @description Who caused it, when a request did. */
            principal: string | null;
            /**
             * Format: int64
             * @description From 1, rising by one for the life of the workspace.
             */
            seq: number;
            session_id: components["schemas"]["SessionId"] | null;
            /**
             * Format: int64
             * @description Milliseconds since 1970.
             */
            time_ms: number;
        };
        /** @description What happened. The tag is `type`, the facts are beside it. */
        EventKind: {
            source: string;
            /** @enum {string} */
            type: "SETUP_STARTED";
        } | {
            /** @enum {string} */
            type: "SETUP_FINISHED";
        } | {
            message: string;
            /** @enum {string} */
            type: "SETUP_FAILED";
        } | {
            /** Format: int64 */
            generation: number;
            /** @enum {string} */
            type: "RUNTIME_STARTED";
        } | {
            error: string;
            /** @enum {string} */
            type: "RUNTIME_CRASHED";
        } | {
            /** @enum {string} */
            type: "RUNTIME_STOPPED";
        } | {
            /** @enum {string} */
            type: "BUILD_STARTED";
        } | {
            /** @enum {string} */
            type: "BUILD_SUCCEEDED";
        } | {
            errors: components["schemas"]["BuildError"][];
            /** @enum {string} */
            type: "BUILD_FAILED";
        } | {
            command: string;
            /** Format: int32 */
            pid: number;
            /** @enum {string} */
            type: "DEV_SERVER_STARTED";
        } | {
            /** Format: int32 */
            port: number;
            /** @enum {string} */
            type: "DEV_SERVER_READY";
        } | {
            exit: components["schemas"]["Exit"];
            last_lines: string[];
            /** @enum {string} */
            type: "DEV_SERVER_EXITED";
        } | {
            /** Format: int32 */
            port: number;
            /** @enum {string} */
            type: "PREVIEW_READY";
        } | {
            /** @enum {string} */
            type: "PREVIEW_STOPPED";
        } | {
            /** Format: int32 */
            port: number;
            process: string;
            /** @enum {string} */
            type: "PORT_OPENED";
        } | {
            /** Format: int32 */
            port: number;
            /** @enum {string} */
            type: "PORT_CLOSED";
        } | {
            command: string;
            /** Format: int32 */
            pid: number;
            /** @enum {string} */
            type: "PROCESS_STARTED";
        } | {
            command: string;
            exit: components["schemas"]["Exit"];
            /** Format: int32 */
            pid: number;
            /** @enum {string} */
            type: "PROCESS_EXITED";
        } | {
            name: string;
            /** Format: int32 */
            pid: number;
            /** @enum {string} */
            type: "TERMINAL_OPENED";
        } | {
            exit: components["schemas"]["Exit"] | null;
            name: string;
            /** @enum {string} */
            type: "TERMINAL_CLOSED";
        } | {
            agent: string;
            command: string;
            /** Format: int32 */
            pid: number;
            /** @enum {string} */
            type: "AGENT_STARTED";
        } | {
            agent: string;
            exit: components["schemas"]["Exit"];
            /** Format: int32 */
            pid: number;
            /** @enum {string} */
            type: "AGENT_EXITED";
        } | {
            change: components["schemas"]["FileChange"];
            /** @description Where it was before, of one that was renamed. */
            from: string | null;
            path: string;
            /** @enum {string} */
            type: "FILE_CHANGED";
        } | {
            code: string;
            message: string;
            /** @enum {string} */
            type: "DIAGNOSTIC";
        };
        /** @description Answer of `GET /api/v1/events`. */
        EventPage: {
            events: components["schemas"]["Event"][];
            /** @description True when the journal no longer reached back to what was asked. */
            gap: boolean;
            /**
             * Format: int64
             * @description Ask again from here.
             */
            next_seq: number;
        };
        /** @description How a process ended: exactly one field is set. */
        Exit: {
            /** Format: int32 */
            code: number | null;
            /**
             * Format: int32
             * @description Signal number, as in `signal(7)`.
             */
            signal: number | null;
        };
        /**
         * @description What a path underwent. Of a directory it stands for everything below: what was below a deleted
         *     one is gone, what was below a renamed one is below its new path.
         * @enum {string}
         */
        FileChange: "created" | "modified" | "deleted" | "renamed";
        /** @description One entry of a directory. */
        FileEntry: {
            /** @description Any execute bit is set. */
            executable: boolean;
            /** @description Named by the ignore rules: shown dimmed, not searched. */
            ignored: boolean;
            kind: components["schemas"]["FileKind"];
            /**
             * Format: int64
             * @description Milliseconds since 1970.
             */
            modified_at_ms: number;
            /** @description Last component. */
            name: string;
            /** @description Workspace-relative path with `/` between components. */
            path: string;
            /** Format: int64 */
            size_bytes: number;
            /** @description Where a symbolic link points, as written in the link. */
            target?: string | null;
        };
        /** @enum {string} */
        FileKind: "directory" | "file" | "symlink" | "other";
        /** @description The matches of one file, in order. */
        FileMatches: {
            /** @description With a replacement: the tag of the content that was looked at. */
            etag: string | null;
            /** @description With a replacement: why this file is left as it is. */
            kept: string | null;
            matches: components["schemas"]["ContentMatch"][];
            path: string;
            /** @description There are more than the limit. */
            truncated: boolean;
        };
        /** @description Whether changes of files are seen as they happen. */
        FileWatch: {
            /**
             * Format: int64
             * @description Directories that are watched.
             */
            directories: number;
            /** @description What is missing and what to do about it, in sentences. */
            message: string | null;
            status: components["schemas"]["FileWatchStatus"];
        };
        /** @enum {string} */
        FileWatchStatus: "off" | "starting" | "live" | "limited" | "failed";
        /** @description Everything about machines, as a page shows it (`WS /api/v1/machines/ws`). */
        Fleet: {
            /** @description Of each machine that takes nothing new: the last time that it was emptied. */
            drains: components["schemas"]["Drain"][];
            /** @description Those that joined, the oldest first. */
            machines: components["schemas"]["Machine"][];
            /** @description The last move of each workspace, the newest first. */
            moves: components["schemas"]["Move"][];
            /**
             * Format: int64
             * @description By the gateway's clock, which the other times are by too.
             */
            now_ms: number;
            own: components["schemas"]["OwnMachine"];
        };
        /** @description One message to a follower of a worker. */
        FollowFrame: {
            cursor: string;
            /** @enum {string} */
            type: "snapshot";
            worker: components["schemas"]["WorkerSummary"];
        } | {
            cursor: string;
            event: components["schemas"]["WorkerEvent"];
            /** @enum {string} */
            type: "event";
        } | {
            diagnostic: components["schemas"]["RuntimeDiagnostic"];
            /** @enum {string} */
            type: "diagnostic";
        };
        /** @description Text frames from the kernel. The first two are a `snapshot` and a `presence`. */
        FromCollab: {
            content: string;
            file_path: string;
            read_only: boolean;
            /** @enum {string} */
            type: "snapshot";
            /**
             * Format: int64
             * @description From 1; higher with every change while the document is open.
             */
            version: number;
            workspace_id: string;
        } | {
            /** @enum {string} */
            type: "presence";
            users: components["schemas"]["CollabUser"][];
        } | {
            content: string;
            file_path: string;
            /** @enum {string} */
            type: "update";
            /** Format: int64 */
            version: number;
        } | {
            /** @enum {string} */
            type: "ack";
            /** Format: int64 */
            version: number;
        } | {
            message: string;
            /** @enum {string} */
            type: "error";
        } | {
            file_path: string;
            /** @enum {string} */
            type: "file_created";
        } | {
            new_path: string;
            old_path: string;
            /** @enum {string} */
            type: "file_renamed";
        } | {
            file_path: string;
            /** @enum {string} */
            type: "file_deleted";
        };
        /** @description What the kernel tells clients of a document that asked for it. */
        FromDocument: {
            conflicts: components["schemas"]["DocumentConflict"][];
            /**
             * Format: int64
             * @description Number of this connection; presence carries it as `stead.connection`.
             */
            connection: number;
            /** @description Names the document for its whole life, through renames. */
            document_id: string;
            /** @description Encoding of the file when `read_only` is `encoding`, as a label of the Encoding Standard. */
            encoding: string | null;
            path: string;
            read_only: components["schemas"]["ReadOnly"] | null;
            saving: components["schemas"]["Saving"];
            /** @enum {string} */
            type: "hello";
        } | {
            /** @enum {string} */
            type: "ack";
            /** Format: int64 */
            updates: number;
        } | {
            reason: string;
            /** @enum {string} */
            type: "refused";
        } | {
            saving: components["schemas"]["Saving"];
            /** @enum {string} */
            type: "saving";
        } | {
            /** @enum {string} */
            type: "written";
        } | {
            /**
             * Format: int64
             * @description Bytes.
             */
            added: number;
            /** Format: int64 */
            at_ms: number;
            author: components["schemas"]["Contributor"];
            /** Format: int64 */
            removed: number;
            /** @enum {string} */
            type: "changed";
        } | {
            conflict: components["schemas"]["DocumentConflict"];
            /** @enum {string} */
            type: "conflict";
        } | {
            /** Format: int64 */
            id: number;
            /** @enum {string} */
            type: "conflict_resolved";
        } | {
            path: string;
            /** @enum {string} */
            type: "renamed";
        } | {
            /** @enum {string} */
            type: "deleted";
        };
        /** @description Kernel to client. */
        FromKernel: {
            connection: components["schemas"]["ConnectionId"] | null;
            /** Format: int64 */
            next_seq: number;
            read_only: boolean;
            /** @enum {string} */
            type: "hello";
        } | {
            /** Format: int64 */
            next_seq: number;
            /** @enum {string} */
            type: "gap";
        } | {
            state: components["schemas"]["RuntimeState"];
            /** @enum {string} */
            type: "state";
        } | {
            event: components["schemas"]["Event"];
            /** @enum {string} */
            type: "event";
        } | {
            author: components["schemas"]["Author"];
            /** @description It is, or was, a directory. */
            directory: boolean;
            event_type: components["schemas"]["FileChange"];
            /** @description Where it was before, of one that was renamed. */
            from: string | null;
            path: string;
            /** @enum {string} */
            type: "file_changed";
        } | {
            reason: components["schemas"]["RescanReason"];
            /** @enum {string} */
            type: "files_rescan";
        } | {
            /**
             * Format: int32
             * @description How many more there are.
             */
            more: number;
            /** @description In the order in which they came; at most 100. */
            people: components["schemas"]["Person"][];
            /** @enum {string} */
            type: "people";
        } | {
            task: components["schemas"]["GitTask"] | null;
            /** @enum {string} */
            type: "git_changed";
        } | {
            stats: components["schemas"]["SystemStats"];
            /** @enum {string} */
            type: "system_stats";
        } | {
            /**
             * Format: int32
             * @description How many more there are.
             */
            more: number;
            /** @description At most 50, the busiest first. */
            processes: components["schemas"]["ProcessLoad"][];
            /** @enum {string} */
            type: "processes";
        } | {
            /** @description Name of the agent's terminal. */
            agent: string;
            /**
             * @description Text with the terminal's control sequences, secrets masked for viewers. Bytes that are no
             *     UTF-8 are replaced.
             */
            content: string;
            /**
             * Format: int64
             * @description The first byte of `content` has this number in the terminal's output.
             */
            offset: number;
            /**
             * @description Forget what was shown of this agent: this is its whole screen, and output goes on at
             *     `offset`. The first frame of each agent is one, and one that follows a gap.
             */
            screen: boolean;
            /** @enum {string} */
            type: "agent_output";
        } | {
            topics: components["schemas"]["Topic"][];
            /** @enum {string} */
            type: "subscribed";
        } | {
            /** @enum {string} */
            type: "pong";
        } | {
            message: string;
            /** @enum {string} */
            type: "error";
        } | {
            /** Format: int64 */
            after_ms: number;
            /** @enum {string} */
            type: "come_back";
        };
        /** @description Text frames from the kernel. The first one is a `status`, also when nothing follows it. */
        FromPty: {
            message: string;
            read_only: boolean;
            /** @enum {string} */
            type: "status";
        } | {
            data: string;
            /** @enum {string} */
            type: "output";
        };
        /** @description Text frames from the kernel. */
        FromTerminal: {
            /** Format: int32 */
            cols: number;
            id: components["schemas"]["TerminalId"];
            name: string;
            /** Format: int64 */
            offset: number;
            read_only: boolean;
            resumed: boolean;
            /** Format: int32 */
            rows: number;
            /** @enum {string} */
            type: "attached";
        } | {
            /** Format: int32 */
            cols: number;
            /** Format: int64 */
            offset: number;
            /** Format: int32 */
            rows: number;
            /** @enum {string} */
            type: "size";
        } | {
            title: string;
            /** @enum {string} */
            type: "title";
        } | {
            path: string;
            /** @enum {string} */
            type: "working_directory";
        } | {
            /** @enum {string} */
            type: "bell";
        } | {
            text: string;
            /** @enum {string} */
            type: "clipboard";
        } | {
            exit: components["schemas"]["Exit"];
            /** @enum {string} */
            type: "exit";
        } | {
            message: string;
            /** @enum {string} */
            type: "error";
        } | {
            /** @enum {string} */
            type: "pong";
        };
        /** @description Lines that one commit wrote. */
        GitBlame: {
            author: string;
            /** @description Absent for lines that are not committed. */
            commit: string | null;
            /**
             * Format: int32
             * @description From 1.
             */
            first_line: number;
            /** Format: int32 */
            lines: number;
            subject: string;
            /** Format: int64 */
            time_ms: number;
        };
        GitBranch: {
            commit: string;
            current: boolean;
            /** @description `main`, `origin/main` */
            name: string;
            remote: boolean;
            subject: string;
            /** Format: int64 */
            time_ms: number;
            upstream: components["schemas"]["GitUpstream"] | null;
        };
        /** @enum {string} */
        GitChange: "unchanged" | "added" | "modified" | "type_changed" | "deleted" | "renamed" | "copied" | "untracked";
        /** @description Body of `POST /api/v1/git/checkout`. */
        GitCheckout: {
            /**
             * @description Merge changes that are not committed into what is checked out, which may conflict; without
             *     it such a checkout is refused and nothing changes.
             */
            merge: boolean;
            /**
             * @description A branch, or anything else for a detached head. A branch that exists at one remote only is
             *     made here and follows it.
             */
            revision: string;
        };
        GitCommit: {
            author: string;
            author_email: string;
            /** @description The message behind its first line; only where one commit is asked for. */
            body: string;
            id: string;
            parents: string[];
            /** @description `HEAD -> main`, `origin/main`, `tag: v1`, as Git names them. */
            refs: string[];
            subject: string;
            /**
             * Format: int64
             * @description When it was written, in milliseconds since 1970.
             */
            time_ms: number;
        };
        /** @description Body of `POST /api/v1/git/commit`. */
        GitCommitBody: {
            /** @description Stages every change of tracked files first. */
            all: boolean;
            /** @description Replaces the last commit. */
            amend: boolean;
            /** @description At most [`MESSAGE_BYTES_MAX`]; may be empty with `amend`, which then keeps the old one. */
            message: string;
        };
        /**
         * @description Answer of `GET /api/v1/git/conflict`: the versions of a path that conflicts. Absent where the
         *     file does not exist on that side.
         */
        GitConflict: {
            /** @description What both sides started from. */
            base: string | null;
            /** @description A version is no text; then none of them is here, and a side is taken as a whole. */
            binary: boolean;
            /** @description The file as it is now, with Git's marks. */
            current: string | null;
            kind: components["schemas"]["GitConflictKind"];
            /** @description What "ours" and "theirs" are called. */
            our_name: string;
            /** @description The branch that is checked out; during a rebase what the commits are put on. */
            ours: string | null;
            path: string;
            their_name: string;
            theirs: string | null;
        };
        /**
         * @description Who did what, "us" being the branch that is checked out.
         * @enum {string}
         */
        GitConflictKind: "both_deleted" | "added_by_us" | "deleted_by_them" | "added_by_them" | "deleted_by_us" | "both_added" | "both_modified";
        /** @description A name and a token for the repositories of one host, as they may be seen. */
        GitCredential: {
            /** @description `github.com`, `git.example.org:8443`. */
            host: string;
            /** Format: int64 */
            updated_at_ms: number;
            updated_by: components["schemas"]["Setter"] | null;
            username: string;
        };
        /** @description Answer of `GET /api/v1/git/diff`. */
        GitDiff: {
            files: components["schemas"]["GitFileDiff"][];
            /** @description Lines were left out, because there are more than [`DIFF_LINES_MAX`]. */
            truncated: boolean;
        };
        /** @description Answer of a discard, and of a conflict that was resolved: what it takes to undo it. */
        GitDiscarded: {
            status: components["schemas"]["GitStatus"];
            undo: components["schemas"]["GitUndo"][];
        };
        /** @description One path that is not as committed. */
        GitEntry: {
            conflict: components["schemas"]["GitConflictKind"] | null;
            /** @description Where a renamed or copied file was. */
            original_path: string | null;
            path: string;
            /** @description What is staged. */
            staged: components["schemas"]["GitChange"];
            /** @description What is not. */
            unstaged: components["schemas"]["GitChange"];
        };
        GitFileDiff: {
            /** Format: int32 */
            added: number;
            /** @description There are no lines to show. */
            binary: boolean;
            change: components["schemas"]["GitChange"];
            hunks: components["schemas"]["GitHunk"][];
            original_path: string | null;
            path: string;
            /** Format: int32 */
            removed: number;
        };
        GitHunk: {
            /** @description Names exactly this hunk with exactly these lines. */
            id: string;
            lines: components["schemas"]["GitLine"][];
            /** Format: int32 */
            new_lines: number;
            /** Format: int32 */
            new_start: number;
            /** Format: int32 */
            old_lines: number;
            /** Format: int32 */
            old_start: number;
            /** @description The function or heading that Git found above. */
            section: string;
        };
        /** @enum {string} */
        GitHunkAction: "stage" | "unstage" | "discard";
        /** @description Body of `POST /api/v1/git/hunks`. */
        GitHunks: {
            action: components["schemas"]["GitHunkAction"];
            /** @description Ids of hunks of the file's diff: the staged one to unstage, else the unstaged one. */
            hunks: string[];
            /**
             * @description With exactly one hunk: only these of its lines, counted from 0. Lines that are no change
             *     mean nothing here.
             */
            lines: number[] | null;
            path: string;
        };
        GitLine: {
            kind: components["schemas"]["GitLineKind"];
            /** @description The file ends here without a line ending. */
            no_newline: boolean;
            /** @description Without its line ending; bytes that are no UTF-8 are replaced. */
            text: string;
        };
        /** @enum {string} */
        GitLineKind: "context" | "added" | "removed";
        /** @description Answer of `GET /api/v1/git/log`. */
        GitLog: {
            /** @description Children before parents. */
            commits: components["schemas"]["GitCommit"][];
            /** @description There are more behind the last one. */
            more: boolean;
        };
        /** @description Body of `POST /api/v1/git/merge`. */
        GitMerge: {
            revision: string;
        };
        /** @enum {string} */
        GitOperation: "merge" | "rebase" | "cherry_pick" | "revert";
        /** @enum {string} */
        GitOperationAction: "continue" | "skip" | "abort";
        /** @description Body of `POST /api/v1/git/operation`: how a merge or the like goes on. */
        GitOperationBody: {
            action: components["schemas"]["GitOperationAction"];
        };
        /** @description Paths of one request. */
        GitPaths: {
            /** @description Files or directories. */
            paths: string[];
        };
        GitRemote: {
            name: string;
            /** @description Without the name and password that it may have. */
            url: string;
        };
        /**
         * @description Body of `POST /api/v1/git/resolve`. With `side` the file becomes that side's version (and is
         *     deleted where that side has none); without it, it counts as resolved as it is.
         */
        GitResolve: {
            path: string;
            side: components["schemas"]["GitSide"] | null;
        };
        /** @enum {string} */
        GitSide: "ours" | "theirs";
        GitStash: {
            /** @description The commit that holds it; a request that names it cannot hit another one. */
            id: string;
            /**
             * Format: int32
             * @description 0 is the newest.
             */
            index: number;
            message: string;
            /** Format: int64 */
            time_ms: number;
        };
        /** @description Answer of `GET /api/v1/git/status`, and of everything that changes the repository. */
        GitStatus: {
            /** @description The branch that is checked out; absent with a detached head. */
            branch: string | null;
            entries: components["schemas"]["GitEntry"][];
            /** @description The commit that is checked out; absent before the first one. */
            head: string | null;
            operation: components["schemas"]["GitOperation"] | null;
            remotes: components["schemas"]["GitRemote"][];
            /** @description False when the workspace is no repository; everything else is empty then. */
            repository: boolean;
            /** Format: int32 */
            stashes: number;
            task: components["schemas"]["GitTask"] | null;
            /** @description There are more than [`STATUS_ENTRIES_MAX`] entries. */
            truncated: boolean;
            upstream: components["schemas"]["GitUpstream"] | null;
        };
        /** @description A fetch, pull or push. */
        GitTask: {
            /**
             * Format: int64
             * @description From 1, rising with each task of this kernel.
             */
            id: number;
            kind: components["schemas"]["GitTaskKind"];
            /** @description What goes on, or why it failed, in Git's words and ours. */
            message: string;
            /** Format: int32 */
            percent: number | null;
            /** @description Why it failed, where there is a way on: `credentials`, `rejected`, `changes_in_the_way`. */
            reason: string | null;
            status: components["schemas"]["GitTaskStatus"];
        };
        /** @enum {string} */
        GitTaskKind: "fetch" | "pull" | "push";
        /** @enum {string} */
        GitTaskStatus: "running" | "succeeded" | "failed" | "cancelled";
        /** @description What a path held before it was discarded. Git keeps the content for about two weeks. */
        GitUndo: {
            /**
             * @description Object that holds the content since; absent when the file is gone. The undo is refused when
             *     the file has changed again.
             */
            after: string | null;
            /** @description Object that holds the content from before; absent when the file was deleted then. */
            before: string | null;
            /** @description The path had a conflict, which comes back. */
            conflict: boolean;
            executable: boolean;
            path: string;
        };
        /** @description Body of `POST /api/v1/git/undo`. */
        GitUndoBody: {
            undo: components["schemas"]["GitUndo"][];
        };
        /** @description What a branch follows. */
        GitUpstream: {
            /**
             * Format: int32
             * @description Commits that the upstream does not have; absent when the upstream is gone.
             */
            ahead: number | null;
            /**
             * Format: int32
             * @description Commits that the branch does not have.
             */
            behind: number | null;
            /** @description `origin/main` */
            name: string;
        };
        /** @description A Git credential with its token. */
        GivenCredential: {
            host: string;
            token: string;
            username: string;
        };
        /** @description Body of the kernel's `PUT /api/v1/environment`: everything of one workspace or person. */
        GivenEnvironment: {
            credentials: components["schemas"]["GivenCredential"][];
            person: components["schemas"]["PrincipalId"] | null;
            /**
             * Format: int64
             * @description Rises with every change: an older one than the kernel has is ignored.
             */
            revision: number;
            variables: components["schemas"]["GivenVariable"][];
        };
        /** @description A variable with its value. */
        GivenVariable: {
            name: string;
            secret: boolean;
            uses: components["schemas"]["Use"][];
            value: string;
        };
        /** @description Where to send a frame or a tab; usable once, for 60 seconds. */
        Grant: {
            /** @description The origin that the URL leads to, without path. */
            origin: string;
            url: string;
        };
        /** @description Body of `POST /api/v1/workspaces/{id}/preview/grant`. */
        GrantRequest: {
            /** @description Path and query to open; `/` when absent. */
            path?: string | null;
            /**
             * Format: int32
             * @description Absent means the port that the preview shows.
             */
            port?: number | null;
        };
        /** @description Body of `POST /api/v1/workspaces/{id}/owner`. */
        HandOver: {
            /** @description A member of the workspace, who becomes its owner. */
            principal: components["schemas"]["PrincipalId"];
        };
        /** @description Answer of `GET /health`. */
        Health: {
            /** @description `ok` */
            status: string;
        };
        /** @description A place where a runtime puts work. */
        HostSummary: {
            capabilities: components["schemas"]["RuntimeCapabilitySummary"];
            diagnostics: components["schemas"]["RuntimeDiagnostic"][];
            host_id: string;
            kind: string;
            label: string;
            last_seen_at: string | null;
            /** @description RFC 3339. */
            observed_at: string;
            runtime_id: string;
            status: string;
        };
        /** @description An account at an OpenID provider that signs the person in (`GET /api/v1/me/identities`). */
        Identity: {
            /** Format: int64 */
            created_at_ms: number;
            /** @description As the provider last gave it. */
            email: string | null;
            /** @description Names it in addresses. */
            id: string;
            /** @description How people call the provider; its address where it is not configured any more. */
            provider: string;
            /** @description Whether the provider is configured, so that it signs in. */
            usable: boolean;
        };
        /** @description Answer of `POST …/environment/import`: what changes, or has changed. */
        Import: {
            /** @description In the order of the text; of a name that is there twice only the last. */
            entries: components["schemas"]["ImportEntry"][];
            /** @description Lines that are no assignment. */
            problems: components["schemas"]["ImportProblem"][];
        };
        /** @enum {string} */
        ImportChange: "added" | "changed" | "unchanged";
        /** @description One assignment of the text. */
        ImportEntry: {
            change: components["schemas"]["ImportChange"];
            kind: components["schemas"]["VariableKind"];
            name: string;
        };
        /** @description Body of `POST …/environment/import`. */
        ImportEnvironment: {
            /** @description Changes nothing unless it is true. */
            apply: boolean;
            /** @description Names whose kind is not the one that would be guessed. */
            kinds: {
                [key: string]: components["schemas"]["VariableKind"];
            };
            /** @description Text of a `.env` file. */
            text: string;
            /** @description Of the variables that are new; all when none are given. */
            uses: components["schemas"]["Use"][];
        };
        /** @description A line that was left out. */
        ImportProblem: {
            /**
             * Format: int32
             * @description From 1.
             */
            line: number;
            /** @description Without anything of a value. */
            message: string;
        };
        /** @description A link that lets people in (`GET /api/v1/invitations` and below a workspace). */
        Invitation: {
            /** Format: int64 */
            created_at_ms: number;
            created_by: components["schemas"]["PrincipalId"];
            created_by_name: string;
            /** Format: int64 */
            expires_at_ms: number;
            id: components["schemas"]["InvitationId"];
            /** @description For whom it is, as its maker wrote it; may be empty. */
            note: string;
            role: components["schemas"]["Role"] | null;
            /**
             * Format: int32
             * @description How many came by it.
             */
            uses: number;
            /** Format: int32 */
            uses_max: number;
            workspace: components["schemas"]["WorkspaceId"] | null;
        };
        /** @description Names one invitation; it says nothing about the secret in the invitation's link. */
        InvitationId: string;
        /** @description Body of `POST /api/v1/machines/invitations`. */
        InviteMachine: {
            /** @default null */
            machine: components["schemas"]["MachineId"] | null;
            /**
             * @description What the machine will be called; its host name when nothing is said.
             * @default null
             */
            name: string | null;
        };
        /** @description Body of `POST /api/v1/join` and `POST /api/v1/join/details`. */
        Join: {
            /** @description What stands behind `/join/` in the link. */
            invitation: string;
        };
        /** @description Body of `POST /api/v1/join/account`: an invitation taken by somebody without an account. */
        JoinAccount: {
            invitation: string;
            login_name: string;
            name: string;
            password: string;
        };
        /** @description What somebody is invited to. */
        JoinDetails: {
            /** Format: int64 */
            expires_at_ms: number;
            invited_by: string;
            role: components["schemas"]["Role"] | null;
            workspace: components["schemas"]["WorkspaceId"] | null;
            workspace_name: string | null;
        };
        /** @description Answer of `POST /api/v1/join`. */
        Joined: {
            workspace: components["schemas"]["WorkspaceId"] | null;
        };
        /** @description Answer of `POST /api/v1/machines/join`. */
        JoinedMachine: {
            /** @description Who signs the gateways' certificates, DER as base64. */
            authority: string;
            /** @description X.509, DER as base64: for the key that was sent. */
            certificate: string;
            /** Format: int64 */
            certificate_expires_at_ms: number;
            id: components["schemas"]["MachineId"];
        };
        /** @description Body of `POST /api/v1/machines/join`: a machine introduces itself. */
        JoinMachine: {
            name: string;
            /** @description The machine's Ed25519 key, 32 bytes as base64. */
            public_key: string;
            token: string;
            version: string;
        };
        /**
         * @description How a conflict ends.
         * @enum {string}
         */
        Keep: "document" | "disk" | "both";
        /** @description One thing that a kernel saw and the audit log must have. */
        KernelEntry: {
            /** @description Further facts, at most [`DETAILS_BYTES_MAX`] as JSON. */
            details: Record<string, never>;
            /**
             * Format: int64
             * @description From 1, rising, for the life of the outbox.
             */
            number: number;
            object: string | null;
            operator: string | null;
            principal: string | null;
            session_id: components["schemas"]["SessionId"] | null;
            /**
             * Format: int64
             * @description Milliseconds since 1970.
             */
            time_ms: number;
            /** @description A verb of [`VERBS`]. */
            verb: string;
        };
        /** @description What a language server's edit of files did. */
        LanguageEdit: {
            files: components["schemas"]["LanguageEditedFile"][];
            /** @description For `POST /api/v1/search/undo`. */
            undo: string | null;
        };
        /** @description One file of a language server's edit. */
        LanguageEditedFile: {
            /** Format: int64 */
            edits: number;
            /** @description Why it was left as it was. */
            left: string | null;
            path: string;
        };
        /** @description One language server of a workspace. */
        LanguageServer: {
            /** @description What the server said it can do (`ServerCapabilities`); only on the channel. */
            capabilities: Record<string, never> | null;
            /** @description A command that installs a server. */
            install: string;
            /** @description Last part of the path of its channel. */
            language: string;
            /** @description What it does just now, or why it ended. */
            message: string | null;
            /** @description How people call the language. */
            name: string;
            /** @description The program, relative to the workspace when it is one of its own. */
            program: string | null;
            /** @description The directory that it looks at, relative to the workspace. */
            root: string;
            status: components["schemas"]["LanguageStatus"];
            /** @description The workspace as a URI: what documents are called begins with it. */
            workspace_uri: string;
        };
        /**
         * @description Where a language server is.
         * @enum {string}
         */
        LanguageStatus: "not_installed" | "no_session" | "idle" | "starting" | "ready" | "failed";
        /**
         * @description State of a session in the words of S0.
         * @enum {string}
         */
        LeaseState: "starting" | "running" | "stopping" | "stopped" | "error";
        /** @description Answer of `POST /api/v1/links`. */
        Link: {
            /**
             * Format: int64
             * @description Milliseconds since 1970.
             */
            expires_at_ms: number;
            /** @description Signs in whoever opens it first. */
            url: string;
        };
        /** @description Body of `POST /api/v1/oidc/{provider}/link`. */
        LinkOidc: {
            /** @description Of whoever has one; others must have signed in a moment ago. */
            password: string | null;
        };
        /** @description Answer of `GET /api/v1/tree`. */
        Listing: {
            /** @description Directories first, then by name. */
            entries: components["schemas"]["FileEntry"][];
            path: string;
            /** @description True when the directory has more entries than are listed. */
            truncated: boolean;
        };
        /** @description Names one sign-in of a principal in one browser or program. */
        LoginId: string;
        /** @description One machine (`GET /api/v1/machines`). */
        Machine: {
            /**
             * Format: int64
             * @description Those whose kernel is awake, as it last said.
             */
            awake: number;
            /** Format: int64 */
            certificate_expires_at_ms: number;
            /** @description Whether new workspaces are kept away from it, also while it is lost. */
            draining: boolean;
            id: components["schemas"]["MachineId"];
            /** Format: int64 */
            joined_at_ms: number;
            name: string;
            resources: components["schemas"]["Resources"] | null;
            /**
             * Format: int64
             * @description When a gateway last heard of it; 0 for one that never came.
             */
            seen_at_ms: number;
            state: components["schemas"]["MachineState"];
            /** @description Version of Stead that runs there. */
            version: string;
            /**
             * Format: int64
             * @description Workspaces that are there.
             */
            workspaces: number;
        };
        /** @description Names a machine from its joining to its removal. */
        MachineId: string;
        /** @description What lets one machine in, once; nobody is shown it again. */
        MachineInvitation: {
            /**
             * @description What is run in a shell of the other machine. The token is in it: an argument would be seen
             *     by everybody there, so it goes into a file of one's own.
             */
            command: string;
            /** Format: int64 */
            expires_at_ms: number;
            token: string;
        };
        /**
         * @description How a machine is.
         * @enum {string}
         */
        MachineState: "ready" | "draining" | "lost";
        /** @description Names one match of a file. */
        MatchPlace: {
            /** Format: int32 */
            byte_start: number;
            /** Format: int64 */
            line: number;
        };
        /** @description Who is signed in (`GET /api/v1/me`). */
        Me: {
            /** @description Whether this person administers this Stead. That alone opens no workspace. */
            administrator: boolean;
            /** @description As the OpenID provider verified it. */
            email: string | null;
            has_password: boolean;
            id: components["schemas"]["PrincipalId"];
            /** @description What this person types to sign in with a password. */
            login_name: string | null;
            name: string;
            /** @description Where previews live, for the page: `{label}` stands for the first label. */
            preview_origin: string;
            /** @description Version of this Stead. */
            version: string;
        };
        /** @description Somebody with a role in a workspace (`GET /api/v1/workspaces/{id}/members`). */
        Member: {
            name: string;
            principal: components["schemas"]["PrincipalId"];
            role: components["schemas"]["Role"];
        };
        /** @description One move (`GET /api/v1/workspaces/{id}/move`). A workspace's last one stays to be seen. */
        Move: {
            /**
             * Format: int64
             * @description In this phase, of copying and of verifying.
             */
            bytes_done: number;
            /**
             * Format: int64
             * @description 0 until it is known.
             */
            bytes_total: number;
            /** @description Somebody wants it to stop. */
            cancelled: boolean;
            /** Format: int64 */
            changed_at_ms: number;
            /** @description What keeps it from going on, or why it failed. */
            error: string | null;
            from: components["schemas"]["MachineId"] | null;
            id: components["schemas"]["MoveId"];
            /**
             * Format: int64
             * @description Sockets and devices, which do not move.
             */
            left_out: number;
            phase: components["schemas"]["MovePhase"];
            /** Format: int64 */
            started_at_ms: number;
            to: components["schemas"]["MachineId"] | null;
            workspace: components["schemas"]["WorkspaceId"];
        };
        /** @description Names one move of a workspace from a machine to another. */
        MoveId: string;
        /**
         * @description How far a move is.
         * @enum {string}
         */
        MovePhase: "preparing" | "copying" | "verifying" | "starting" | "clearing" | "returning" | "releasing" | "abandoning" | "done" | "cancelled" | "failed";
        /** @description Answer of `GET /api/v1/search/names`. */
        NameMatches: {
            paths: string[];
            truncated: boolean;
        };
        /** @description Answer to a [`CreateInvitation`]. */
        NewInvitation: {
            invitation: components["schemas"]["Invitation"];
            /** @description The link. Shown this once. */
            url: string;
        };
        /** @description Answer of `POST /api/v1/tokens`. */
        NewToken: {
            /** @description `stead_…`, for `Authorization: Bearer`. Shown this once. */
            secret: string;
            token: components["schemas"]["Token"];
        };
        /** @description The runtime that an installation offers to others, as `GET /v1/runtime` tells it. */
        OfferedRuntime: {
            capabilities: components["schemas"]["RuntimeCapabilitySummary"];
            diagnostics: components["schemas"]["RuntimeDiagnostic"][];
            display_name: string;
            /** @description Most events of one answer. */
            events_max: number;
            runtime_id: string;
            /** @description `running` or `stopped`. */
            status: string;
            /** @description Most items of one page of a transcript. */
            transcript_items_max: number;
        };
        /**
         * @description Why nobody was signed in by a provider: `?problem=` of the page that the browser comes back to.
         * @enum {string}
         */
        OidcProblem: "cancelled" | "provider_refused" | "provider_down" | "untrusted" | "clock" | "email_unverified" | "email_domain" | "not_invited" | "invitation_over" | "disabled" | "taken" | "stale" | "signed_out" | "too_many" | "unavailable";
        /** @description Where the browser goes on to, and comes back from. */
        OidcRedirect: {
            /** @description Good for ten minutes, in this browser only. */
            url: string;
        };
        /** @description One of the answers of `GET /api/v1/documents`. */
        OpenDocument: {
            /** Format: int64 */
            conflicts: number;
            /**
             * Format: int64
             * @description Open connections.
             */
            connections: number;
            document_id: string;
            path: string;
            saving: components["schemas"]["Saving"];
            /** Format: int64 */
            size_bytes: number;
        };
        /** @description Body of `POST /api/v1/terminals`. */
        OpenTerminal: {
            /**
             * @description The command is a coding agent, and is known as one by the name of the terminal. Without a
             *     command that is refused.
             */
            agent?: boolean;
            /** Format: int32 */
            cols?: number | null;
            /** @description Program and arguments in place of the login shell. */
            command?: string[] | null;
            /** @description A free name is chosen when none is given. */
            name?: string | null;
            /** Format: int32 */
            rows?: number | null;
            /** @description Workspace-relative directory to start in. */
            working_directory?: string | null;
        };
        /**
         * @description How something ended that somebody wanted.
         * @enum {string}
         */
        Outcome: "begun" | "ok" | "denied" | "refused" | "failed" | "unknown" | "forwarded";
        /** @description The machine behind the gateway itself. */
        OwnMachine: {
            resources: components["schemas"]["Resources"] | null;
            /** @description Whether new workspaces are made there. */
            takes_new: boolean;
            /** Format: int64 */
            workspaces: number;
        };
        /**
         * @description What a person did in a page (`POST /api/v1/traces`), from that to the last answer of what the
         *     page asked for because of it. What they clicked on is not told.
         */
        PageAction: {
            /** Format: int64 */
            duration_ms: number;
            kind: components["schemas"]["PageActionKind"];
            /**
             * Format: int64
             * @description By the page's clock, in milliseconds since 1970.
             */
            start_ms: number;
            /** @description As it was sent in `traceparent` with each of these requests. */
            traceparent: string;
        };
        /**
         * @description What a person did.
         * @enum {string}
         */
        PageActionKind: "load" | "click" | "key" | "submit";
        /** @description Body of `POST /api/v1/fs/mkdir`, and of a removal. */
        PathBody: {
            path: string;
        };
        /** @description One connection of somebody to the workspace. Two tabs of one person are two entries. */
        Person: {
            /** @description Unique among those who are here. */
            connection: components["schemas"]["ConnectionId"];
            /**
             * Format: int64
             * @description Milliseconds since 1970.
             */
            joined_at_ms: number;
            /** @description The file they look at. */
            looking: string | null;
            /** @description What people call them. */
            name: string | null;
            /** @description The program in between: `browser`, `cli`, … */
            operator: string | null;
            /** @description Absent where the kernel runs alone and knows nobody. */
            principal: string | null;
            role: components["schemas"]["Role"];
        };
        /** @description Body of `POST /api/v1/workspaces/{id}/copies`: the workspace is what lies on this machine. */
        PlaceAnew: {
            /** @default null */
            machine: components["schemas"]["MachineId"] | null;
            /**
             * @description Said by the administrator: copies on machines that do not answer, or that this database does
             *     not know, are gone or will never run again.
             * @default false
             */
            other_copies_are_gone: boolean;
        };
        /** @description One listening TCP port of a process of the session. */
        Port: {
            /** Format: int32 */
            pid: number | null;
            /** Format: int32 */
            port: number;
            /** @description True for the port that the preview shows. */
            primary: boolean;
            /** @description Name of the process, `unknown` if it went before it could be asked. */
            process: string;
            /** @description Where a browser opens this port; set by the gateway on the way out. */
            url: string | null;
        };
        /** @description The app's HTTP face. `running` means that its port accepts connections. */
        Preview: {
            /** @description Path at which the app says it lives; `/` unless its output says otherwise. */
            path: string | null;
            /** Format: int32 */
            port: number | null;
            status: components["schemas"]["PreviewStatus"];
            /** @description Set by the gateway on the way out: where a browser opens the preview. */
            url: string | null;
        };
        /** @enum {string} */
        PreviewStatus: "idle" | "starting" | "running" | "stopped";
        /** @description Names a verified person or service. */
        PrincipalId: string;
        /** @description One process of the workspace. */
        ProcessInfo: {
            /** @description The command line, cut when it is very long; the name in brackets without one. */
            command: string;
            /**
             * Format: int64
             * @description Processor time so far.
             */
            cpu_ms: number;
            /**
             * Format: int64
             * @description Resident memory.
             */
            memory_bytes: number;
            /** Format: int32 */
            pid: number;
            /** Format: int32 */
            ppid: number;
            /**
             * Format: int64
             * @description Milliseconds since 1970.
             */
            started_at_ms: number;
        };
        /** @description What one process of the workspace uses. */
        ProcessLoad: {
            /** @description The command line; secrets in it are masked. */
            command: string;
            /**
             * Format: double
             * @description Of one core, since the last frame; of several cores more than 100.
             */
            cpu_percent: number;
            /**
             * Format: int64
             * @description Resident memory.
             */
            memory_bytes: number;
            /** Format: int32 */
            pid: number;
        };
        /**
         * @description Why a document cannot be written at the moment.
         * @enum {string}
         */
        ReadOnly: "viewer" | "permissions" | "encoding";
        /** @description Body of `POST /api/v1/runtimes`: another installation to work with. */
        RegisterRuntime: {
            /** @description `https://host[:port][/path]`, or `http://` on this machine. Shown nowhere. */
            base_url: string;
            /** @description For people. */
            label: string;
            /** @description How it is called here; made from the label and the address if left out. */
            runtime_id: string | null;
            /** @description A token of that installation. Shown nowhere. */
            token: string;
        };
        /** @description One message to a page that shows the registry: the whole of it, as it is. */
        RegistryFrame: {
            hosts: components["schemas"]["RuntimeList_HostSummary"];
            runtimes: components["schemas"]["RuntimeList_RuntimeSummary"];
            workers: components["schemas"]["RuntimeList_WorkerSummary"];
        };
        /** @description Body of `POST /api/v1/fs/rename` and `/copy`. The target must not exist. */
        RenameBody: {
            from: string;
            to: string;
        };
        /** @description Body of `POST /api/v1/git/branches/rename`. */
        RenameGitBranch: {
            name: string;
            to: string;
        };
        /** @description Body of `POST /api/v1/language-servers/rename`: gives what is at a place another name, everywhere. */
        RenameSymbol: {
            /**
             * Format: int32
             * @description From 1, in UTF-16 units.
             */
            column: number;
            /**
             * Format: int32
             * @description From 1.
             */
            line: number;
            new_name: string;
            path: string;
        };
        /** @description Body of `POST /api/v1/search/replace`. */
        ReplaceBody: {
            /** @description At most 5,000. */
            files: components["schemas"]["ReplaceFile"][];
            /** @description What was previewed, with its `replacement` and `file_limit`. */
            query: components["schemas"]["ContentQuery"];
        };
        /** @description One file of a replacement. */
        ReplaceFile: {
            /** @description The tag that came with the preview. A file that has another one is left alone. */
            etag: string;
            /** @description Only these matches; all of them when absent. */
            only: components["schemas"]["MatchPlace"][] | null;
            path: string;
        };
        /** @description One line of the answer of `POST /api/v1/search/replace` and `/undo`. */
        ReplaceLine: {
            /** @enum {string} */
            type: "begin";
            undo: string | null;
        } | {
            outcome: components["schemas"]["ReplaceOutcome"];
            /** @enum {string} */
            type: "file";
        } | {
            /** Format: int64 */
            changed: number;
            /** Format: int64 */
            left: number;
            /** @enum {string} */
            type: "done";
        };
        /** @description What became of one file. */
        ReplaceOutcome: {
            /** @description Why the file was left as it was. */
            left: string | null;
            path: string;
            /**
             * Format: int64
             * @description Matches that were replaced, or taken back; 0 when the file was left as it was.
             */
            replaced: number;
            /** @description The file changed after it was shown; look again. */
            stale: boolean;
        };
        /**
         * @description Why changes were not told one by one.
         * @enum {string}
         */
        RescanReason: "many" | "behind" | "begin";
        /** @description Body of `POST /api/v1/reset/details`. */
        Reset: {
            /** @description What stands behind `/reset/` in the link. */
            grant: string;
        };
        /** @description Whose password a link resets. */
        ResetDetails: {
            login_name: string;
            name: string;
        };
        /** @description A link for another person (`POST /api/v1/accounts/{account}/reset`). */
        ResetLink: {
            /** Format: int64 */
            expires_at_ms: number;
            /** @description Lets whoever opens it first choose the account's password. Shown this once. */
            url: string;
        };
        /** @description Body of `POST /api/v1/reset`. */
        ResetPassword: {
            grant: string;
            password: string;
        };
        /** @description Body of `POST /api/v1/document-conflicts/{path}`. */
        ResolveConflict: {
            /** Format: int64 */
            id: number;
            keep: components["schemas"]["Keep"];
        };
        /** @description What a machine has, and what is left of it. */
        Resources: {
            /** Format: int32 */
            cpus: number;
            /** Format: int64 */
            disk_free_bytes: number;
            /**
             * Format: int64
             * @description Of the disk with the workspaces.
             */
            disk_total_bytes: number;
            /**
             * Format: double
             * @description Processes that run or wait, on average over a minute.
             */
            load: number;
            /** Format: int64 */
            memory_free_bytes: number;
            /** Format: int64 */
            memory_total_bytes: number;
        };
        /** @enum {string} */
        RestartPolicy: "never" | "on_failure";
        /**
         * @description Body of `POST /api/v1/document-history/{path}`: the text of a version becomes the document's, as
         *     an edit of the caller.
         */
        RestoreVersion: {
            /** Format: int64 */
            version: number;
        };
        /**
         * @description Role of a principal in a workspace. There is no fourth.
         * @enum {string}
         */
        Role: "viewer" | "editor" | "owner";
        /** @description Body of `POST /api/v1/language-servers/action`: carries out what the server offers at a place. */
        RunCodeAction: {
            end: components["schemas"]["TextPlace"];
            /** @description Of which kind it is, where the server says so. */
            kind: string | null;
            path: string;
            start: components["schemas"]["TextPlace"];
            /** @description What the server calls it; it is asked again, and only what it offers now is done. */
            title: string;
        };
        /** @description What a runtime or a host can do. A field is `true` only when the operation works. */
        RuntimeCapabilitySummary: {
            arch: string;
            can_accept_input: boolean;
            can_get_worker: boolean;
            can_list_hosts: boolean;
            can_list_workers: boolean;
            can_read_bounded_transcript: boolean;
            can_spawn_worker: boolean;
            can_stop_worker: boolean;
            can_stream_events: boolean;
            has_git: boolean;
            has_shell: boolean;
            has_workspace_fs: boolean;
            /** @description `available`, `unavailable` or `not_applicable`. */
            local_pod_inspection: string;
            /** @description The limit of the question that this answers. */
            max_workers: number;
            os: string;
            supports_backend_internal_tools: boolean;
            supports_worktrees: boolean;
            /** @description `current_workspace` or `backend_internal`. */
            workspace_scope: string;
        };
        /** @description Why something is as it is, without anything of the inside. */
        RuntimeDiagnostic: {
            /** @description For programs. */
            code: string;
            /** @description For people. */
            message: string;
            severity: components["schemas"]["DiagnosticSeverity"];
        };
        /**
         * @description Who says what an identifier means.
         * @enum {string}
         */
        RuntimeIdentityAuthority: "runtime_registry_projection";
        /** @description Items, and what there is to say about them. */
        RuntimeList_HostSummary: {
            diagnostics: components["schemas"]["RuntimeDiagnostic"][];
            items: {
                capabilities: components["schemas"]["RuntimeCapabilitySummary"];
                diagnostics: components["schemas"]["RuntimeDiagnostic"][];
                host_id: string;
                kind: string;
                label: string;
                last_seen_at?: string | null;
                /** @description RFC 3339. */
                observed_at: string;
                runtime_id: string;
                status: string;
            }[];
        };
        /** @description Items, and what there is to say about them. */
        RuntimeList_RuntimeSummary: {
            diagnostics: components["schemas"]["RuntimeDiagnostic"][];
            items: {
                capabilities: components["schemas"]["RuntimeCapabilitySummary"];
                diagnostics: components["schemas"]["RuntimeDiagnostic"][];
                host_ids: string[];
                kind: string;
                label: string;
                runtime_id: string;
                source: components["schemas"]["RuntimeSourceSummary"];
                status: string;
            }[];
        };
        /** @description Items, and what there is to say about them. */
        RuntimeList_WorkerSummary: {
            diagnostics: components["schemas"]["RuntimeDiagnostic"][];
            items: {
                capabilities: components["schemas"]["WorkerCapabilitySummary"];
                diagnostics: components["schemas"]["RuntimeDiagnostic"][];
                host_id: string;
                implementation: components["schemas"]["WorkerImplementationSummary"];
                label: string;
                last_seen_at?: string | null;
                profile?: string | null;
                role?: string | null;
                runtime_id: string;
                state: string;
                status: string;
                worker_id: string;
                workspace: components["schemas"]["WorkerWorkspaceSummary"];
            }[];
        };
        /**
         * @description What is behind a runtime.
         * @enum {string}
         */
        RuntimeSourceKind: "local_compatibility" | "embedded_worker_runtime" | "remote_http";
        /**
         * @description Whether a source is there, or only its name.
         * @enum {string}
         */
        RuntimeSourceStatus: "active" | "reserved";
        /** @description Where a runtime comes from. */
        RuntimeSourceSummary: {
            identity_authority: components["schemas"]["RuntimeIdentityAuthority"];
            kind: components["schemas"]["RuntimeSourceKind"];
            note: string;
            status: components["schemas"]["RuntimeSourceStatus"];
        };
        /** @description Everything the browser shows about a running workspace. Only the kernel writes it. */
        RuntimeState: {
            build: components["schemas"]["Build"];
            /** @description What this machine can enforce and do, so that nothing is skipped silently. */
            capabilities: components["schemas"]["Capabilities"];
            dev_server: components["schemas"]["DevServer"];
            disk: components["schemas"]["Disk"];
            /** @description Whether changes of files are seen as they happen. */
            file_watch: components["schemas"]["FileWatch"];
            /**
             * Format: int64
             * @description Rises by one with every session start; survives restarts of the kernel.
             */
            generation: number;
            /** @description Listening ports of the session's processes, lowest first. */
            ports: components["schemas"]["Port"][];
            preview: components["schemas"]["Preview"];
            /** @description Why the session ended badly, in a sentence; set with `crashed` only. */
            reason: string | null;
            /**
             * Format: int64
             * @description Rises by one with every change of this value; survives restarts of the kernel.
             */
            revision: number;
            session_id: components["schemas"]["SessionId"] | null;
            setup: components["schemas"]["Setup"];
            /**
             * Format: int64
             * @description Milliseconds since 1970 of that session's start.
             */
            started_at_ms: number | null;
            /** @description The principal who started it. */
            started_by: string | null;
            status: components["schemas"]["SessionStatus"];
            /** @description Open terminals in the order in which they were opened. */
            terminals: components["schemas"]["TerminalInfo"][];
            /**
             * Format: int64
             * @description Milliseconds since 1970 of the last change.
             */
            updated_at_ms: number;
            workspace_id: components["schemas"]["WorkspaceId"];
        };
        /** @description One runtime. */
        RuntimeSummary: {
            capabilities: components["schemas"]["RuntimeCapabilitySummary"];
            diagnostics: components["schemas"]["RuntimeDiagnostic"][];
            host_ids: string[];
            kind: string;
            label: string;
            runtime_id: string;
            source: components["schemas"]["RuntimeSourceSummary"];
            status: string;
        };
        /**
         * @description Whether the file has what the document has.
         * @enum {string}
         */
        Saving: "saved" | "pending" | "storage_full" | "failed";
        /** @description One line of the answer of `GET /api/v1/search/content`. */
        SearchLine: {
            file: components["schemas"]["FileMatches"];
            /** @enum {string} */
            type: "file";
        } | {
            /** Format: int64 */
            files: number;
            /** Format: int64 */
            matches: number;
            /** @enum {string} */
            type: "progress";
        } | {
            summary: components["schemas"]["SearchSummary"];
            /** @enum {string} */
            type: "done";
        };
        /** @description How a search ended. */
        SearchSummary: {
            /**
             * Format: int64
             * @description Left out because they are not text.
             */
            binary: number;
            ended_early: components["schemas"]["EndedEarly"] | null;
            /**
             * Format: int64
             * @description Files that were looked into.
             */
            files: number;
            /** Format: int64 */
            files_matched: number;
            /**
             * Format: int64
             * @description Not looked at to the end because of a line of more than a megabyte.
             */
            long_lines: number;
            /** Format: int64 */
            matches: number;
            /** Format: int64 */
            took_ms: number;
            /**
             * Format: int64
             * @description May not be read, or could not be.
             */
            unreadable: number;
        };
        /** @description Names one session (one Run) of a workspace. */
        SessionId: string;
        /**
         * @description Status of the session. `crashed` is what S0 calls `error`.
         * @enum {string}
         */
        SessionStatus: "idle" | "starting" | "running" | "stopping" | "stopped" | "crashed";
        /** @description A copy that was set aside when its workspace was placed anew. It never starts. */
        SetAside: {
            /**
             * Format: int64
             * @description When something last changed in it, roughly.
             */
            changed_at_ms: number;
            machine: components["schemas"]["MachineId"] | null;
            /** @description What the workspace is called; `null` when it was deleted since. */
            name: string | null;
            workspace: components["schemas"]["WorkspaceId"];
        };
        /** @description Copies of workspaces that lie on machines for nothing (`GET /api/v1/copies`). */
        SetAsideCopies: {
            copies: components["schemas"]["SetAside"][];
            /** @description Machines that do not answer now, and may have some; `null` is the gateway's own. */
            silent: (components["schemas"]["MachineId"] | null)[];
        };
        /** @description Body of `PUT …/git-credentials/{host}`. */
        SetGitCredential: {
            /** @description The one it has stays when none is given. */
            token: string | null;
            /** @description What the host calls the user; many hosts take any name with a token. */
            username: string;
        };
        /** @description Who set a value. */
        Setter: {
            id: components["schemas"]["PrincipalId"];
            name: string;
        };
        /** @description Settings of a workspace that its kernel keeps (`GET`/`PUT /api/v1/settings`). */
        Settings: {
            /**
             * @description Overrides what is detected.
             * @default null
             */
            command: string | null;
            /**
             * @description Names of files and directories that the change feed and searches leave out, beyond the
             *     usual ones (`node_modules`, `target`, …); `*` stands for any letters. At most 100.
             * @default []
             */
            ignore_add: string[];
            /**
             * @description Usual names that they do not leave out, as they are written in the list. Never `.git`.
             * @default []
             */
            ignore_remove: string[];
            /**
             * Format: int32
             * @description `PORT` for the dev server; chosen by framework when absent.
             * @default null
             */
            port: number | null;
            /**
             * @description Whether the dev server comes back after a failure.
             * @default on_failure
             */
            restart: components["schemas"]["RestartPolicy"];
            /**
             * @description Whether programs may write the clipboard (OSC 52).
             * @default true
             */
            terminal_clipboard: boolean;
            /**
             * @description Whether viewers may watch terminals.
             * @default false
             */
            viewers_see_terminals: boolean;
        };
        /** @description How far the first filling of the workspace is: template or clone. */
        Setup: {
            /** @description What is going on or what went wrong, in a sentence. */
            message: string | null;
            /**
             * Format: int32
             * @description 0 to 100 when it is known.
             */
            percent: number | null;
            status: components["schemas"]["SetupStatus"];
        };
        /** @enum {string} */
        SetupStatus: "none" | "running" | "done" | "failed";
        /** @description Body of `PUT …/environment/{name}`. */
        SetVariable: {
            kind: components["schemas"]["VariableKind"];
            /** @description All when none are given. */
            uses: components["schemas"]["Use"][];
            /** @description The value it has stays when none is given. */
            value: string | null;
        };
        /** @description One share, as owners and editors of its workspace see it. */
        Share: {
            /** Format: int64 */
            created_at_ms: number;
            expired: boolean;
            /**
             * Format: int64
             * @description Milliseconds since 1970; `None` until it is ended.
             */
            expires_at_ms: number | null;
            id: components["schemas"]["ShareId"];
            mode: components["schemas"]["ShareMode"];
            /** @description User name of the owner under whom the slug stands; `None` while that person has none. */
            owner: string | null;
            /** @description Those whom [`ShareMode::Chosen`] lets in. */
            people: components["schemas"]["SharePerson"][];
            /** @description The readable part of the address by name. */
            slug: string | null;
            /** @description The address by name, when there is a slug. */
            slug_url: string | null;
            /** @description The address by token. */
            url: string;
            /**
             * Format: int64
             * @description Milliseconds since 1970 of the last visit.
             */
            viewed_at_ms: number | null;
            /**
             * Format: int64
             * @description Visits so far: an address that was opened, not each file it loads.
             */
            views: number;
        };
        /** @description Names a share for its whole life. Not a secret: visitors see it in a host name. */
        ShareId: string;
        /**
         * @description Who is let in.
         * @enum {string}
         */
        ShareMode: "link" | "password" | "signed_in" | "chosen";
        /** @description Somebody whom a share names. */
        SharePerson: {
            id: components["schemas"]["PrincipalId"];
            /** @description User name. */
            login_name: string | null;
            /** @description What the person is called. */
            name: string;
        };
        /** @description Body of `POST /api/v1/processes/{pid}/signal`. */
        SignalBody: {
            /**
             * @description `TERM`, `KILL`, `INT`, `HUP`, `QUIT`, `STOP`, `CONT`, `USR1` or `USR2`, with or without
             *     `SIG`.
             */
            signal: string;
        };
        /** @description Body of `POST /api/v1/sign-in`. */
        SignIn: {
            login_name: string;
            password: string;
        };
        /** @description A browser that is signed in, or the command line (`GET /api/v1/sign-ins`). */
        SignInEntry: {
            /** @description Where it was last used from. */
            address: string | null;
            /** @description The command line of the machine that Stead runs on; a new one is made at its next start. */
            command_line: boolean;
            /** Format: int64 */
            created_at_ms: number;
            /** @description The one that asks. */
            current: boolean;
            /** @description `Firefox on Linux`, as far as the browser says. */
            device: string;
            id: components["schemas"]["LoginId"];
            /**
             * Format: int64
             * @description To within five minutes.
             */
            seen_at_ms: number;
        };
        /** @description Answer of `GET /api/v1/sign-in`: the ways in, besides links. */
        SignInMethods: {
            /** @description Nobody was here yet: the link that the server printed makes the owner. */
            first_start: boolean;
            /** @description Whether anybody signs in with a password. */
            password: boolean;
            /** @description OpenID providers that people sign in with. */
            providers: components["schemas"]["SignInProvider"][];
        };
        /** @description An OpenID provider that people sign in with. */
        SignInProvider: {
            /** @description In addresses: `company` of `/oidc/company/callback`. */
            id: string;
            /** @description How people call it. */
            label: string;
        };
        /** @description Answer of `GET /api/v1/workspaces/{id}/shares/slugs/{word}`. */
        SlugCheck: {
            available: boolean;
            /** @description Why it cannot be had. */
            reason: string | null;
            /** @description The address that it would make; `None` while the caller has no user name. */
            url: string | null;
        };
        /** @description What a new workspace is filled with. The kernel does the filling, inside the sandbox. */
        Source: {
            /** @enum {string} */
            kind: "empty";
        } | {
            id: string;
            /** @enum {string} */
            kind: "template";
        } | {
            branch?: string | null;
            /** @enum {string} */
            kind: "git";
            /** @description `https://` or `http://` URL. */
            url: string;
        };
        /** @description Body of `POST /api/v1/machines/{machine}/drain`. */
        StartDrain: {
            /**
             * @description End sessions that run.
             * @default false
             */
            stop: boolean;
        };
        /** @description Body of `POST /api/v1/git/tasks`. */
        StartGitTask: {
            /** @description Push: replace what is there, unless somebody pushed since the last fetch. */
            force: boolean;
            kind: components["schemas"]["GitTaskKind"];
            /** @description Pull: put own commits on top of theirs instead of merging. */
            rebase: boolean;
            /** @description The upstream's when absent, else `origin`. */
            remote: string | null;
        };
        /** @description Body of `POST /api/v1/workspaces/{id}/move`. */
        StartMove: {
            /** @default null */
            machine: components["schemas"]["MachineId"] | null;
            /**
             * @description End the session first, if one runs. Without it such a workspace is not moved.
             * @default false
             */
            stop: boolean;
        };
        /** @description Body of `POST /api/v1/oidc/{provider}/start`. */
        StartOidc: {
            /** @description The end of an invitation's link, to be taken by whoever comes back. */
            invitation: string | null;
            /** @description Path to go on to once signed in; absent: the start page. */
            next: string | null;
        };
        /** @description Body of `POST /api/v1/session/start`; everything is optional. */
        StartSession: {
            /**
             * @description `false` starts the session without the dev server.
             * @default null
             */
            dev_server?: boolean | null;
        };
        /** @description Body of `POST /api/v1/session/stop`; everything is optional. */
        StopSession: {
            /**
             * Format: int64
             * @description Stop this session and none that came after it.
             * @default null
             */
            generation: number | null;
        };
        /** @description Load of the workspace against its own limits (S2.50 to S2.53). */
        SystemStats: {
            /**
             * Format: double
             * @description Of the share of CPU this workspace may use, 0 to 100.
             */
            cpu_percent: number;
            /** Format: int64 */
            disk_available_bytes: number;
            /** Format: double */
            disk_percent: number;
            /** Format: int64 */
            disk_used_bytes: number;
            /**
             * Format: int64
             * @description Those of them that were answered with a status of 500 or more.
             */
            errors: number;
            /**
             * Format: int64
             * @description Changes of files that were told since the kernel started (S2.54).
             */
            file_changes: number;
            /** Format: int64 */
            memory_available_bytes: number;
            /** Format: double */
            memory_percent: number;
            /** Format: int64 */
            memory_used_bytes: number;
            /**
             * Format: int64
             * @description Through the network of the workspace since the session started.
             */
            network_received_bytes: number;
            /** Format: int64 */
            network_sent_bytes: number;
            /** Format: int64 */
            processes: number;
            /**
             * Format: int64
             * @description Requests to the kernel in the last five minutes (S2.56).
             */
            requests: number;
            /**
             * Format: int64
             * @description WebSockets that are open now (S2.55).
             */
            websockets: number;
        };
        /** @description One entry of `GET /api/v1/templates`. */
        Template: {
            description: string;
            /** @description `static`, `vite-react`, `node`, `python`, `rust`. */
            id: string;
            /** @description Programs the template needs; the page warns about those the machine lacks. */
            needs: string[];
            title: string;
        };
        /** @description Names one PTY from its creation to its end. A new shell under an old name has a new id. */
        TerminalId: string;
        /** @description One open terminal. */
        TerminalInfo: {
            /**
             * Format: int32
             * @description Clients attached now.
             */
            attachments: number;
            /** Format: int32 */
            cols: number;
            /** Format: int64 */
            created_at_ms: number;
            id: components["schemas"]["TerminalId"];
            kind: components["schemas"]["TerminalKind"];
            name: string;
            /** Format: int32 */
            pid: number;
            /** Format: int32 */
            rows: number;
            title: string;
            /** @description Workspace-relative or `~`-relative directory of the foreground process, if known. */
            working_directory: string | null;
        };
        /** @description Body of `POST /api/v1/terminals/{name}/input`. */
        TerminalInput: {
            data: string;
        };
        /** @enum {string} */
        TerminalKind: "shell" | "dev_server" | "agent";
        /** @description A place in a text. */
        TextPlace: {
            /**
             * Format: int32
             * @description From 1, in UTF-16 units.
             */
            column: number;
            /**
             * Format: int32
             * @description From 1.
             */
            line: number;
        };
        /**
         * @description What a worker of a ticket is for.
         * @enum {string}
         */
        TicketWorkerRole: "intake" | "orchestrator" | "coder" | "reviewer";
        /** @description Text frames to the kernel. */
        ToCollab: {
            content: string;
            /** @enum {string} */
            type: "update";
            /** Format: int64 */
            version: number;
        } | {
            cursor: Record<string, never>;
            selection: Record<string, never>;
            /** @enum {string} */
            type: "presence";
        };
        /** @description What clients tell the kernel, apart from messages of Yjs. */
        ToDocument: {
            /** @enum {string} */
            type: "save";
        };
        /** @description A token of a program (`GET /api/v1/tokens`). Its secret is shown once, when it is made. */
        Token: {
            /** Format: int64 */
            created_at_ms: number;
            /**
             * Format: int64
             * @description `null`: it has no end.
             */
            expires_at_ms: number | null;
            id: components["schemas"]["LoginId"];
            name: string;
            /** @description It looks, and changes nothing. */
            read_only: boolean;
            /** @description For another installation: it reaches this one's registry (`/v1`), and nothing else. */
            registry_only: boolean;
            /**
             * Format: int64
             * @description To within five minutes; `null` before the first use.
             */
            used_at_ms: number | null;
            /** @description `null`: every workspace of its person. */
            workspaces: components["schemas"]["WorkspaceId"][] | null;
        };
        /** @description Client to kernel. */
        ToKernel: {
            /** @enum {string} */
            type: "ping";
        } | {
            topics: components["schemas"]["Topic"][];
            /** @enum {string} */
            type: "subscribe";
        } | {
            topics: components["schemas"]["Topic"][];
            /** @enum {string} */
            type: "unsubscribe";
        } | {
            path: string | null;
            /** @enum {string} */
            type: "looking";
        } | {
            on: boolean;
            /** @enum {string} */
            type: "stats";
        };
        /**
         * @description What a client may be told of. Without `topics` in the query a connection starts with
         *     [`Topic::DEFAULT`].
         * @enum {string}
         */
        Topic: "state" | "events" | "files" | "people" | "git" | "stats" | "processes" | "agents";
        /** @description Text frames to the kernel. */
        ToPty: {
            data: string;
            /** @enum {string} */
            type: "input";
        } | {
            /** Format: int32 */
            cols: number;
            /** Format: int32 */
            rows: number;
            /** @enum {string} */
            type: "resize";
        };
        /** @description Text frames to the kernel. */
        ToTerminal: {
            /** Format: int32 */
            cols: number;
            /** Format: int32 */
            rows: number;
            /** @enum {string} */
            type: "resize";
        } | {
            /** Format: int64 */
            offset: number;
            /** @enum {string} */
            type: "ack";
        } | {
            data: string;
            /** @enum {string} */
            type: "input";
        } | {
            /** @enum {string} */
            type: "ping";
        };
        /** @description Body of `POST /api/v1/search/undo`. */
        UndoBody: {
            /** @description From `begin`. */
            undo: string;
        };
        /** @description Body of `PATCH /api/v1/accounts/{account}`. */
        UpdateAccount: {
            administrator: boolean | null;
            /** @description Signed out everywhere and kept out, or let in again. */
            disabled: boolean | null;
        };
        /** @description Body of `PATCH /api/v1/machines/{machine}`. */
        UpdateMachine: {
            /**
             * @description `true` keeps new workspaces away from it.
             * @default null
             */
            draining: boolean | null;
            /** @default null */
            name: string | null;
        };
        /** @description Body of `PATCH /api/v1/me`. */
        UpdateMe: {
            /** @description What the person types to sign in: 2 to 40 of `a`–`z`, `0`–`9`, `.`, `_` and `-`, unique. */
            login_name: string | null;
            /** @description How others see the person: 1 to 80 characters, need not be unique. */
            name: string | null;
        };
        /** @description Body of `PATCH /api/v1/workspaces/{id}/shares/{share}`. What is absent stays. */
        UpdateShare: {
            /**
             * Format: int64
             * @description Milliseconds since 1970; 0 for a share without end.
             * @default null
             */
            expires_at_ms: number | null;
            /** @default null */
            mode: components["schemas"]["ShareMode"] | null;
            /**
             * @description Draws another token: the address that was handed out leads nowhere, and every visit ends.
             * @default false
             */
            new_link: boolean;
            /**
             * @description A new password ends every visit.
             * @default null
             */
            password: string | null;
            /**
             * @description Ends every visit, so that those who are no longer named are out.
             * @default null
             */
            people: string[] | null;
            /**
             * @description An empty text takes the slug away.
             * @default null
             */
            slug: string | null;
        };
        /** @description Body of `PATCH /api/v1/workspaces/{id}`. */
        UpdateWorkspace: {
            name?: string | null;
        };
        /**
         * @description Processes a variable may be given to.
         * @enum {string}
         */
        Use: "terminals" | "dev_server" | "agents" | "setup";
        /** @description Answer of a `POST` (S0.60, S0.61, S0.63, S0.64). */
        UserspaceAction: {
            session_id: components["schemas"]["SessionId"] | null;
            state: components["schemas"]["LeaseState"];
            success: boolean;
            workspace_id: components["schemas"]["WorkspaceId"];
        };
        /** @description A session; the last one also after its end. */
        UserspaceSession: {
            created_at: string | null;
            id: components["schemas"]["SessionId"];
            last_error: string | null;
            /** @description Who started it. */
            leased_by_user_id: string | null;
            state: components["schemas"]["LeaseState"];
            updated_at: string;
            workspace_id: components["schemas"]["WorkspaceId"];
        };
        /** @description Answer of `GET …/session` (S0.59). */
        UserspaceSessionAnswer: {
            session: components["schemas"]["UserspaceSession"] | null;
            workspace_id: components["schemas"]["WorkspaceId"];
        };
        /** @description Answer of `GET …/devserver/status` (S0.79). */
        UserspaceStatus: {
            /** Format: int32 */
            devserver_port: number | null;
            devserver_running: boolean;
            last_error: string | null;
            /** @description Path of the preview on this origin, while the app accepts connections. */
            preview_url: string | null;
            session_id: components["schemas"]["SessionId"] | null;
            session_state: components["schemas"]["LeaseState"];
            workspace_id: components["schemas"]["WorkspaceId"];
        };
        /** @description One variable, as it may be seen. */
        Variable: {
            kind: components["schemas"]["VariableKind"];
            name: string;
            /** Format: int64 */
            updated_at_ms: number;
            updated_by: components["schemas"]["Setter"] | null;
            /** @description In the order of [`Use::ALL`]; never empty. */
            uses: components["schemas"]["Use"][];
            /** @description Of a plain variable only. */
            value: string | null;
        };
        /**
         * @description Whether the value may be looked at again.
         * @enum {string}
         */
        VariableKind: "plain" | "secret";
        /** @description One word of the audit log. */
        Verb: {
            area: components["schemas"]["Area"];
            /** @description What was done: `renamed {object}[ to {to}]`. */
            done: string;
            /** @description `area.deed`, lower case. */
            name: string;
            /** @description What was tried and not done: `rename {object}[ to {to}]`. */
            tried: string;
        };
        /** @description How much one author changed in a version of a document. */
        VersionAuthor: {
            /**
             * Format: int64
             * @description Bytes.
             */
            added: number;
            author: components["schemas"]["Contributor"];
            /** Format: int64 */
            removed: number;
        };
        /** @description What a client is told. Causes and paths of the host stay in the log. */
        WireError: {
            /** @description For programs. */
            code: components["schemas"]["ErrorCode"];
            /**
             * @description Further facts, by code: the current runtime state with `session_already_running`, the
             *     current `etag` with `precondition_failed`.
             */
            details?: Record<string, never> | null;
            /** @description For people: what happened, what was kept, what to do. */
            message: string;
        };
        /** @description What can be done with a worker. */
        WorkerCapabilitySummary: {
            can_accept_input: boolean;
            can_read_bounded_transcript: boolean;
            can_spawn_followup: boolean;
            can_stop: boolean;
            can_stream_events: boolean;
        };
        /** @description One event of a runtime. */
        WorkerEvent: {
            /** @description RFC 3339. */
            at: string;
            /**
             * Format: int64
             * @description From 1, rising, for the life of the runtime.
             */
            event_id: number;
            kind: components["schemas"]["WorkerEventKind"];
            /**
             * Format: int64
             * @description The place of an input in the transcript.
             */
            transcript_sequence: number | null;
            /** @description Absent for events of the runtime itself. */
            worker_id: string | null;
        };
        /**
         * @description What happened to a worker or to its runtime.
         * @enum {string}
         */
        WorkerEventKind: "runtime_started" | "runtime_stopped" | "worker_created" | "worker_input_accepted" | "worker_stopped" | "worker_cancelled";
        /** @description What a worker is. */
        WorkerImplementationSummary: {
            display_hint: string;
            kind: string;
        };
        /**
         * @description Whose words an input is.
         * @enum {string}
         */
        WorkerInputKind: "user" | "system";
        /** @description Says something to a worker. */
        WorkerInputRequest: {
            content: string;
            kind: components["schemas"]["WorkerInputKind"];
        };
        /** @description What became of an input. */
        WorkerInputResult: {
            diagnostics: components["schemas"]["RuntimeDiagnostic"][];
            /**
             * Format: int64
             * @description The event that tells of it.
             */
            event_id: number | null;
            runtime_id: string;
            state: components["schemas"]["WorkerOperationState"];
            /**
             * Format: int64
             * @description Its place in the transcript, from 1.
             */
            transcript_sequence: number | null;
            worker_id: string;
        };
        /** @description A worker that was looked for. */
        WorkerLookupResult: {
            diagnostics: components["schemas"]["RuntimeDiagnostic"][];
            worker: components["schemas"]["WorkerSummary"] | null;
        };
        /**
         * @description What became of something that was asked of a worker.
         * @enum {string}
         */
        WorkerOperationState: "accepted" | "unsupported" | "rejected";
        /** @description A way to a worker besides its inputs. */
        WorkerProxyConnectPoint: {
            diagnostics: components["schemas"]["RuntimeDiagnostic"][];
            kind: string;
            status: string;
        };
        /** @description One thing that shows that a worker was accepted. */
        WorkerSpawnAcceptanceEvidence: {
            detail: string;
            kind: string;
        };
        /** @description When a new worker counts as accepted. */
        WorkerSpawnAcceptanceRequirement: {
            /** @enum {string} */
            kind: "socket_ready";
        } | {
            /** Format: int32 */
            expected_segments: number;
            /** @enum {string} */
            kind: "run_accepted";
        };
        /** @description What a new worker is wanted for. */
        WorkerSpawnIntent: {
            /** @enum {string} */
            kind: "workspace_companion";
        } | {
            /** @enum {string} */
            kind: "workspace_orchestrator";
        } | {
            /** @enum {string} */
            kind: "ticket_role";
            role: components["schemas"]["TicketWorkerRole"];
            ticket_id: string;
        };
        /** @description Asks for a worker, by intent: never by path, program or profile. */
        WorkerSpawnRequest: {
            acceptance: components["schemas"]["WorkerSpawnAcceptanceRequirement"];
            intent: components["schemas"]["WorkerSpawnIntent"];
            requested_worker_name: string | null;
        };
        /** @description What became of a worker that was asked for. */
        WorkerSpawnResult: {
            acceptance_evidence: components["schemas"]["WorkerSpawnAcceptanceEvidence"][];
            diagnostics: components["schemas"]["RuntimeDiagnostic"][];
            state: components["schemas"]["WorkerOperationState"];
            worker: components["schemas"]["WorkerSummary"] | null;
        };
        /** @description Body of `POST …/stop`, where the path names the worker. */
        WorkerStopBody: {
            mode: components["schemas"]["WorkerStopMode"];
        };
        /**
         * @description How a worker is stopped.
         * @enum {string}
         */
        WorkerStopMode: "graceful" | "force";
        /** @description What became of a stop. */
        WorkerStopResult: {
            diagnostics: components["schemas"]["RuntimeDiagnostic"][];
            state: components["schemas"]["WorkerOperationState"];
        };
        /** @description One worker: an agent with a transcript. */
        WorkerSummary: {
            capabilities: components["schemas"]["WorkerCapabilitySummary"];
            diagnostics: components["schemas"]["RuntimeDiagnostic"][];
            host_id: string;
            implementation: components["schemas"]["WorkerImplementationSummary"];
            label: string;
            last_seen_at: string | null;
            profile: string | null;
            role: string | null;
            runtime_id: string;
            state: string;
            status: string;
            worker_id: string;
            workspace: components["schemas"]["WorkerWorkspaceSummary"];
        };
        /** @description One entry of a transcript. */
        WorkerTranscriptItem: {
            content: string;
            /** Format: int64 */
            event_id: number;
            /** @description `user` or `system`. */
            role: string;
            /** Format: int64 */
            sequence: number;
        };
        /** @description A page of a transcript. */
        WorkerTranscriptProjection: {
            diagnostics: components["schemas"]["RuntimeDiagnostic"][];
            items: components["schemas"]["WorkerTranscriptItem"][];
            limit: number;
            /** @description `start` of the next page; absent when there is none. */
            next_start: number | null;
            runtime_id: string;
            /** @description Items left out before this page. */
            start: number;
            state: components["schemas"]["WorkerOperationState"];
            total_items: number;
            worker_id: string;
        };
        /** @description What a worker works on, without saying where that is. */
        WorkerWorkspaceSummary: {
            identity: string;
            visibility: string;
        };
        /** @description One workspace in the list. */
        Workspace: {
            /**
             * Format: int64
             * @description Set while the caller is no member and is here by break-glass: when that ends, in
             *     milliseconds since 1970.
             */
            break_glass_until_ms: number | null;
            /** Format: int64 */
            created_at_ms: number;
            dev_server: components["schemas"]["DevServerStatus"];
            id: components["schemas"]["WorkspaceId"];
            /** @description The machine that it is on, where it is not the gateway's own. */
            machine: string | null;
            machine_id: components["schemas"]["MachineId"] | null;
            name: string;
            /**
             * Format: int64
             * @description Milliseconds since 1970 of the last request to its kernel.
             */
            opened_at_ms: number;
            owner: components["schemas"]["PrincipalId"];
            /** @description The caller's role. */
            role: components["schemas"]["Role"];
            setup: components["schemas"]["SetupStatus"];
            /** @description What it was made from: a template's id, `git`, or `empty`. */
            source: string;
            /** @description What its kernel last said; `idle` for a workspace that sleeps. */
            status: components["schemas"]["SessionStatus"];
            /** @description That machine does not answer now: what the workspace does is not known, and not over. */
            unreachable: boolean;
            /**
             * Format: int64
             * @description When that machine was last heard of, while it does not answer.
             */
            unreachable_since_ms: number | null;
        };
        /** @description Names a workspace for its whole life. */
        WorkspaceId: string;
        /** @description Answer of a write: what the file is from here on. */
        Written: {
            created: boolean;
            /** @description Strong entity tag of the content, quoted, for `If-Match`. */
            etag: string;
            path: string;
            /** Format: int64 */
            size_bytes: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
