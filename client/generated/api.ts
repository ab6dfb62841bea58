// Generated from service/http by `make generate`. Change the routes' definitions, not this file.
export interface paths {
    "/api/v1/chat/conversations/{conversationId}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A page of history, newest message first
         * @description By `limit` and `offset` from the newest message, served from the cache where it can be; or at a `seq` by `before`, `after` or `around`, always from Postgres.
         */
        get: operations["readHistory"];
        put?: never;
        /**
         * Sends a message
         * @description With a `clientMessageId` it may be repeated: it is stored once, and a repeat answers the first result with 200.
         */
        post: operations["sendMessage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chat/conversations/{conversationId}/messages/{messageId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A single message */
        get: operations["readMessage"];
        put?: never;
        post?: never;
        /**
         * Deletes a message
         * @description By its sender, or an owner of a GROUP. Content, reactions and mentions are gone; its place and `deletedAt` stay. Deleting it again changes nothing.
         */
        delete: operations["deleteMessage"];
        options?: never;
        head?: never;
        /**
         * Edits a message
         * @description By its sender. The same content again changes nothing.
         */
        patch: operations["editMessage"];
        trace?: never;
    };
    "/api/v1/chat/conversations/{conversationId}/messages/{messageId}/reactions/{emoji}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Gives a message an emoji
         * @description The same emoji again changes nothing.
         */
        put: operations["giveReaction"];
        post?: never;
        /**
         * Takes an emoji back from a message
         * @description An emoji that was not given changes nothing.
         */
        delete: operations["takeReaction"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chat/conversations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A page of the user's conversations, newest activity first */
        get: operations["listConversations"];
        put?: never;
        /**
         * Makes a conversation
         * @description A DIRECT_MESSAGE is made once for its two participants, a GROUP once for a `clientConversationId` of its maker; a repeat answers it with 200.
         */
        post: operations["createConversation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chat/conversations/{conversationId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A conversation with its participants */
        get: operations["readConversation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Sets the title, or for how many days messages are kept
         * @description By an owner. A SYSTEM message tells it; what is so already changes nothing.
         */
        patch: operations["changeConversation"];
        trace?: never;
    };
    "/api/v1/chat/conversations/{conversationId}/participants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Adds participants
         * @description By an owner. Who takes part already stays, and becomes an owner where the `role` is OWNER. A SYSTEM message tells it; what is so already changes nothing.
         */
        post: operations["addParticipants"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chat/conversations/{conversationId}/participants/{participantId}": {
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
         * Removes a participant, or leaves
         * @description Owners remove others, anybody leaves. When the last owner goes, the one who joined first becomes an owner. A SYSTEM message tells it; who takes no part is removed already.
         */
        delete: operations["removeParticipant"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chat/conversations/{conversationId}/read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Says up to which seq the user has read
         * @description A marker moves forward only, and no further than to the newest message. A send moves its sender’s.
         */
        put: operations["markRead"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chat/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Searches the messages of the user’s conversations
         * @description Words must all occur; `"…"` is a phrase, `or` and `-` are understood. At least one word must be one that occurs. Newest messages come first.
         */
        get: operations["search"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chat/conversations/{conversationId}/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Searches the messages of a conversation
         * @description Words must all occur; `"…"` is a phrase, `or` and `-` are understood. At least one word must be one that occurs. Newest messages come first.
         */
        get: operations["searchConversation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chat/conversations/{conversationId}/typing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Says that the user types
         * @description Followers are told at most once in 3 s, and show it for 6 s. For clients without a WebSocket.
         */
        put: operations["tellTyping"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chat/conversations/{conversationId}/presence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who of the participants is there, and who types
         * @description A user who has a WebSocket anywhere is online. `unknown`: Redis, which knows it, is away.
         */
        get: operations["readPresence"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process answers */
        get: operations["readLiveness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process answers */
        get: operations["probeLiveness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether traffic may come */
        get: operations["readReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether traffic may come */
        get: operations["probeReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/health/cache": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The cache's counters since the process started */
        get: operations["readCacheHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/cache": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The cache's counters since the process started */
        get: operations["probeCacheHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The service and what it stands on, in words */
        get: operations["readHealth"];
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
        /** The service and what it stands on, in words */
        get: operations["probeHealth"];
        put?: never;
        post?: never;
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
        /** This document */
        get: operations["readDocument"];
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
        CacheHealth: {
            healthy: boolean;
            metrics: {
                hits: number;
                misses: number;
                bypasses: number;
                errors: number;
                sets: number;
                invalidations: number;
                evictions: number | null;
                hitRatio: number;
            } & {
                [key: string]: number | null;
            };
        };
        Conversation: {
            id: string;
            /** @enum {string} */
            type: "DIRECT_MESSAGE" | "GROUP";
            title: string | null;
            retentionDays: number | null;
            version: number;
            lastSeq: number;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            participantIds: string[];
            participants: {
                userId: string;
                /** @enum {string} */
                role: "OWNER" | "MEMBER";
                /** Format: date-time */
                joinedAt: string;
                lastReadSeq: number;
            }[];
        };
        ConversationEntry: {
            id: string;
            /** @enum {string} */
            type: "DIRECT_MESSAGE" | "GROUP";
            title: string | null;
            retentionDays: number | null;
            version: number;
            lastSeq: number;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            /** @enum {string} */
            role: "OWNER" | "MEMBER";
            lastReadSeq: number;
            unreadCount: number;
            unreadMentions: number;
            participantCount: number;
            /** @description Those who joined first */
            participantIds: string[];
            lastMessage: components["schemas"]["Message"] | null;
        };
        ConversationList: {
            conversations: components["schemas"]["ConversationEntry"][];
            nextCursor: string | null;
        };
        Health: {
            /** @enum {string} */
            status: "ok" | "degraded" | "unavailable";
            ready: boolean;
            components: {
                postgres: {
                    healthy: boolean;
                    detail?: string;
                };
                redis: {
                    healthy: boolean;
                } | {
                    /** @constant */
                    enabled: false;
                };
            };
        };
        HistoryPage: {
            conversationId: string;
            messages: components["schemas"]["Message"][];
            version: number;
            limit: number;
            offset?: number;
            before?: number;
            after?: number;
            around?: number;
            hasMore?: boolean;
            hasOlder?: boolean;
            hasNewer?: boolean;
            fromCache: boolean;
        };
        Message: {
            id: string;
            conversationId: string;
            seq: number;
            userId: string;
            content: string;
            /** @enum {string} */
            messageType: "TEXT" | "REPLY" | "SYSTEM";
            /** Format: date-time */
            createdAt: string;
            replyToId?: string;
            /** Format: date-time */
            editedAt?: string;
            /** Format: date-time */
            deletedAt?: string;
            reactions?: {
                [key: string]: string[];
            };
        };
        Presence: {
            conversationId: string;
            participants: {
                userId: string;
                /** @enum {string} */
                status: "online" | "offline" | "unknown";
                isTyping: boolean;
            }[];
        };
        /** @description A problem document (RFC 9457) */
        Problem: {
            /** @description A tag URI that names the kind of the problem; it promises no page */
            type: string;
            /** @description The same for each problem of a kind */
            title: string;
            status: number;
            /** @description What went wrong here, for people */
            detail: string;
            /** @description The fields that broke a rule */
            errors: {
                field: string;
                expected: string;
                found: string;
                detail: string;
            }[];
            /** @description The same as the header X-Request-Id; the log has it */
            requestId: string;
        };
        ReadState: {
            lastReadSeq: number;
            unreadCount: number;
            unreadMentions: number;
        };
        SearchResult: {
            message: components["schemas"]["Message"];
            /** @description An excerpt in parts of plain text, with ‹ and › for what would begin and end a tag of HTML */
            snippet: {
                text: string;
                isMatch: boolean;
            }[];
        };
        SearchResults: {
            results: components["schemas"]["SearchResult"][];
            nextCursor: string | null;
        };
        StoredMessage: {
            message: components["schemas"]["Message"];
            version: number;
        };
    };
    responses: {
        /** @description The body is too large */
        BodyTooLarge: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "tag:chatstack.dev,2026:problem:body-too-large";
                    /** @constant */
                    status?: 413;
                };
            };
        };
        /** @description The client conversation id belongs to another group */
        ClientConversationIdReused: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "tag:chatstack.dev,2026:problem:client-conversation-id-reused";
                    /** @constant */
                    status?: 409;
                };
            };
        };
        /** @description The client message id belongs to another message */
        ClientMessageIdReused: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "tag:chatstack.dev,2026:problem:client-message-id-reused";
                    /** @constant */
                    status?: 409;
                };
            };
        };
        /** @description There is no such conversation */
        ConversationNotFound: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "tag:chatstack.dev,2026:problem:conversation-not-found";
                    /** @constant */
                    status?: 404;
                };
            };
        };
        /** @description There is no such conversation; or: There is no such message */
        ConversationNotFoundOrMessageNotFound: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "tag:chatstack.dev,2026:problem:conversation-not-found" | "tag:chatstack.dev,2026:problem:message-not-found";
                    /** @constant */
                    status?: 404;
                };
            };
        };
        /** @description A direct conversation stays as it is */
        DirectConversationIsFixed: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "tag:chatstack.dev,2026:problem:direct-conversation-is-fixed";
                    /** @constant */
                    status?: 409;
                };
            };
        };
        /** @description A direct conversation stays as it is; or: The conversation is full */
        DirectConversationIsFixedOrConversationIsFull: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "tag:chatstack.dev,2026:problem:direct-conversation-is-fixed" | "tag:chatstack.dev,2026:problem:conversation-is-full";
                    /** @constant */
                    status?: 409;
                };
            };
        };
        /** @description The userId is not the user of the token */
        IdentityMismatch: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "tag:chatstack.dev,2026:problem:identity-mismatch";
                    /** @constant */
                    status?: 403;
                };
            };
        };
        /** @description The userId is not the user of the token; or: The user takes no part in the conversation */
        IdentityMismatchOrNotAParticipant: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "tag:chatstack.dev,2026:problem:identity-mismatch" | "tag:chatstack.dev,2026:problem:not-a-participant";
                    /** @constant */
                    status?: 403;
                };
            };
        };
        /** @description The userId is not the user of the token; or: The user takes no part in the conversation; or: The user is no owner of the conversation */
        IdentityMismatchOrNotAParticipantOrNotAnOwner: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "tag:chatstack.dev,2026:problem:identity-mismatch" | "tag:chatstack.dev,2026:problem:not-a-participant" | "tag:chatstack.dev,2026:problem:not-an-owner";
                    /** @constant */
                    status?: 403;
                };
            };
        };
        /** @description The userId is not the user of the token; or: The user takes no part in the conversation; or: The user is no owner of the conversation; or: The user did not send the message */
        IdentityMismatchOrNotAParticipantOrNotAnOwnerOrNotTheSender: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "tag:chatstack.dev,2026:problem:identity-mismatch" | "tag:chatstack.dev,2026:problem:not-a-participant" | "tag:chatstack.dev,2026:problem:not-an-owner" | "tag:chatstack.dev,2026:problem:not-the-sender";
                    /** @constant */
                    status?: 403;
                };
            };
        };
        /** @description The userId is not the user of the token; or: The user takes no part in the conversation; or: The user did not send the message */
        IdentityMismatchOrNotAParticipantOrNotTheSender: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "tag:chatstack.dev,2026:problem:identity-mismatch" | "tag:chatstack.dev,2026:problem:not-a-participant" | "tag:chatstack.dev,2026:problem:not-the-sender";
                    /** @constant */
                    status?: 403;
                };
            };
        };
        /** @description The service made a mistake */
        InternalError: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "tag:chatstack.dev,2026:problem:internal-error";
                    /** @constant */
                    status?: 500;
                };
            };
        };
        /** @description The request breaks a rule */
        InvalidRequest: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "tag:chatstack.dev,2026:problem:invalid-request";
                    /** @constant */
                    status?: 400;
                };
            };
        };
        /** @description The request breaks a rule; or: The body is not JSON */
        InvalidRequestOrInvalidJson: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "tag:chatstack.dev,2026:problem:invalid-request" | "tag:chatstack.dev,2026:problem:invalid-json";
                    /** @constant */
                    status?: 400;
                };
            };
        };
        /** @description The message was deleted; or: A SYSTEM message stays as it was written */
        MessageIsDeletedOrSystemMessageIsFixed: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "tag:chatstack.dev,2026:problem:message-is-deleted" | "tag:chatstack.dev,2026:problem:system-message-is-fixed";
                    /** @constant */
                    status?: 409;
                };
            };
        };
        /** @description The message was deleted; or: The message has too many different reactions */
        MessageIsDeletedOrTooManyReactions: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "tag:chatstack.dev,2026:problem:message-is-deleted" | "tag:chatstack.dev,2026:problem:too-many-reactions";
                    /** @constant */
                    status?: 409;
                };
            };
        };
        /** @description This process takes no more connections now */
        NoRoom: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                /** @description Seconds until it makes sense to ask again */
                "Retry-After": string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "tag:chatstack.dev,2026:problem:no-room";
                    /** @constant */
                    status?: 503;
                };
            };
        };
        /** @description The user asks too often */
        RateLimited: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                /** @description Seconds until it makes sense to ask again */
                "Retry-After": string;
                /** @description The budget that is used up, and the seconds until it is refilled */
                RateLimit: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "tag:chatstack.dev,2026:problem:rate-limited";
                    /** @constant */
                    status?: 429;
                };
            };
        };
        /** @description The search takes too long */
        SearchTooBroad: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "tag:chatstack.dev,2026:problem:search-too-broad";
                    /** @constant */
                    status?: 422;
                };
            };
        };
        /** @description The database is away; or: This process takes no more connections now; or: The keys of the issuer are away */
        StorageUnavailableOrNoRoomOrIdentityUnavailable: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                /** @description Seconds until it makes sense to ask again */
                "Retry-After": string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "tag:chatstack.dev,2026:problem:storage-unavailable" | "tag:chatstack.dev,2026:problem:no-room" | "tag:chatstack.dev,2026:problem:identity-unavailable";
                    /** @constant */
                    status?: 503;
                };
            };
        };
        /** @description It is not known who asks */
        Unauthenticated: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                /** @description How to prove who asks (RFC 6750) */
                "WWW-Authenticate": string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "tag:chatstack.dev,2026:problem:unauthenticated";
                    /** @constant */
                    status?: 401;
                };
            };
        };
        /** @description The body is of another media type */
        UnsupportedMediaType: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    type?: "tag:chatstack.dev,2026:problem:unsupported-media-type";
                    /** @constant */
                    status?: 415;
                };
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: {
        /** @description Names this request in the log */
        RequestId: string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    readHistory: {
        parameters: {
            query?: {
                /** @description 1 to 128 characters without control characters */
                userId?: string;
                /** @description How many messages the page has at most; 50 unless told */
                limit?: number;
                /** @description How many of the newest messages come before the page. Only one of offset, before, after, around may be given */
                offset?: number;
                /** @description A page of the messages older than this seq, the nearest ones. Only one of offset, before, after, around may be given */
                before?: number;
                /** @description A page of the messages newer than this seq, the nearest ones. Only one of offset, before, after, around may be given */
                after?: number;
                /** @description A page with this seq in its middle. Only one of offset, before, after, around may be given */
                around?: number;
                /** @description The version of the conversation that the caller has seen: no older page is answered */
                minVersion?: number;
            };
            header?: {
                /** @description An ETag of the same page: 304 while its conversation has that version */
                "If-None-Match"?: string;
            };
            path: {
                conversationId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    /** @description Tells the version of the conversation */
                    ETag: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HistoryPage"];
                };
            };
            /** @description The caller has the page already: If-None-Match names its ETag */
            304: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    /** @description Tells the version of the conversation */
                    ETag: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["IdentityMismatchOrNotAParticipant"];
            404: components["responses"]["ConversationNotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["StorageUnavailableOrNoRoomOrIdentityUnavailable"];
        };
    };
    sendMessage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                conversationId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description 1 to 128 characters without control characters */
                    userId?: string;
                    /** @description 1 to 10000 characters that are not all white space */
                    content: string;
                    /**
                     * @default TEXT
                     * @enum {string}
                     */
                    messageType?: "TEXT" | "REPLY" | "SYSTEM";
                    /** @description 1 to 128 characters without control characters */
                    clientMessageId?: string;
                    /** @description 1 to 128 characters without control characters */
                    replyToId?: string;
                };
            };
        };
        responses: {
            /** @description The message was sent before under this clientMessageId */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredMessage"];
                };
            };
            /** @description The message was stored */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredMessage"];
                };
            };
            400: components["responses"]["InvalidRequestOrInvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["IdentityMismatchOrNotAParticipantOrNotAnOwner"];
            404: components["responses"]["ConversationNotFoundOrMessageNotFound"];
            409: components["responses"]["ClientMessageIdReused"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["StorageUnavailableOrNoRoomOrIdentityUnavailable"];
        };
    };
    readMessage: {
        parameters: {
            query?: {
                /** @description 1 to 128 characters without control characters */
                userId?: string;
            };
            header?: never;
            path: {
                conversationId: string;
                messageId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The message */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["IdentityMismatchOrNotAParticipant"];
            404: components["responses"]["ConversationNotFoundOrMessageNotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["StorageUnavailableOrNoRoomOrIdentityUnavailable"];
        };
    };
    deleteMessage: {
        parameters: {
            query?: {
                /** @description 1 to 128 characters without control characters */
                userId?: string;
            };
            header?: never;
            path: {
                conversationId: string;
                messageId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is left of the message */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredMessage"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["IdentityMismatchOrNotAParticipantOrNotAnOwnerOrNotTheSender"];
            404: components["responses"]["ConversationNotFoundOrMessageNotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["StorageUnavailableOrNoRoomOrIdentityUnavailable"];
        };
    };
    editMessage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                conversationId: string;
                messageId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description 1 to 128 characters without control characters */
                    userId?: string;
                    /** @description 1 to 10000 characters that are not all white space */
                    content: string;
                };
            };
        };
        responses: {
            /** @description The message as it is now */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredMessage"];
                };
            };
            400: components["responses"]["InvalidRequestOrInvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["IdentityMismatchOrNotAParticipantOrNotTheSender"];
            404: components["responses"]["ConversationNotFoundOrMessageNotFound"];
            409: components["responses"]["MessageIsDeletedOrSystemMessageIsFixed"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["StorageUnavailableOrNoRoomOrIdentityUnavailable"];
        };
    };
    giveReaction: {
        parameters: {
            query?: {
                /** @description 1 to 128 characters without control characters */
                userId?: string;
            };
            header?: never;
            path: {
                conversationId: string;
                messageId: string;
                emoji: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The message as it is now */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredMessage"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["IdentityMismatchOrNotAParticipant"];
            404: components["responses"]["ConversationNotFoundOrMessageNotFound"];
            409: components["responses"]["MessageIsDeletedOrTooManyReactions"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["StorageUnavailableOrNoRoomOrIdentityUnavailable"];
        };
    };
    takeReaction: {
        parameters: {
            query?: {
                /** @description 1 to 128 characters without control characters */
                userId?: string;
            };
            header?: never;
            path: {
                conversationId: string;
                messageId: string;
                emoji: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The message as it is now */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredMessage"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["IdentityMismatchOrNotAParticipant"];
            404: components["responses"]["ConversationNotFoundOrMessageNotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["StorageUnavailableOrNoRoomOrIdentityUnavailable"];
        };
    };
    listConversations: {
        parameters: {
            query?: {
                /** @description 1 to 128 characters without control characters */
                userId?: string;
                limit?: number;
                /** @description the nextCursor of an earlier page */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConversationList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["IdentityMismatch"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["StorageUnavailableOrNoRoomOrIdentityUnavailable"];
        };
    };
    createConversation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description 1 to 128 characters without control characters */
                    userId?: string;
                    /** @enum {string} */
                    type: "DIRECT_MESSAGE" | "GROUP";
                    /** @description 2 to 250 user ids, each once, the maker's among them; exactly 2 in a DIRECT_MESSAGE */
                    participantIds: string[];
                    /** @description 1 to 200 characters that are not all white space */
                    title?: string;
                    /** @description 1 to 128 characters without control characters */
                    clientConversationId?: string;
                };
            };
        };
        responses: {
            /** @description The conversation was made before */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            /** @description The conversation was made */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            400: components["responses"]["InvalidRequestOrInvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["IdentityMismatchOrNotAParticipant"];
            409: components["responses"]["ClientConversationIdReused"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["StorageUnavailableOrNoRoomOrIdentityUnavailable"];
        };
    };
    readConversation: {
        parameters: {
            query?: {
                /** @description 1 to 128 characters without control characters */
                userId?: string;
            };
            header?: never;
            path: {
                conversationId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The conversation */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["IdentityMismatchOrNotAParticipant"];
            404: components["responses"]["ConversationNotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["StorageUnavailableOrNoRoomOrIdentityUnavailable"];
        };
    };
    changeConversation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                conversationId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description 1 to 128 characters without control characters */
                    userId?: string;
                    title?: string | null;
                    retentionDays?: number | null;
                };
            };
        };
        responses: {
            /** @description The conversation as it is now */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            400: components["responses"]["InvalidRequestOrInvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["IdentityMismatchOrNotAParticipantOrNotAnOwner"];
            404: components["responses"]["ConversationNotFound"];
            409: components["responses"]["DirectConversationIsFixed"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["StorageUnavailableOrNoRoomOrIdentityUnavailable"];
        };
    };
    addParticipants: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                conversationId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description 1 to 128 characters without control characters */
                    userId?: string;
                    participantIds: string[];
                    /**
                     * @default MEMBER
                     * @enum {string}
                     */
                    role?: "OWNER" | "MEMBER";
                };
            };
        };
        responses: {
            /** @description The conversation as it is now */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            400: components["responses"]["InvalidRequestOrInvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["IdentityMismatchOrNotAParticipantOrNotAnOwner"];
            404: components["responses"]["ConversationNotFound"];
            409: components["responses"]["DirectConversationIsFixedOrConversationIsFull"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["StorageUnavailableOrNoRoomOrIdentityUnavailable"];
        };
    };
    removeParticipant: {
        parameters: {
            query?: {
                /** @description 1 to 128 characters without control characters */
                userId?: string;
            };
            header?: never;
            path: {
                conversationId: string;
                participantId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The conversation as it is now */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["IdentityMismatchOrNotAParticipantOrNotAnOwner"];
            404: components["responses"]["ConversationNotFound"];
            409: components["responses"]["DirectConversationIsFixed"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["StorageUnavailableOrNoRoomOrIdentityUnavailable"];
        };
    };
    markRead: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                conversationId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description 1 to 128 characters without control characters */
                    userId?: string;
                    seq: number;
                };
            };
        };
        responses: {
            /** @description Where the marker is now, and what is unread */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadState"];
                };
            };
            400: components["responses"]["InvalidRequestOrInvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["IdentityMismatchOrNotAParticipant"];
            404: components["responses"]["ConversationNotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["StorageUnavailableOrNoRoomOrIdentityUnavailable"];
        };
    };
    search: {
        parameters: {
            query: {
                /** @description 1 to 128 characters without control characters */
                userId?: string;
                /** @description 1 to 200 characters that are not all white space */
                q: string;
                limit?: number;
                /** @description the nextCursor of an earlier page */
                cursor?: string;
                /** @description 1 to 128 characters without control characters */
                conversationId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of what was found */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SearchResults"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["IdentityMismatchOrNotAParticipant"];
            404: components["responses"]["ConversationNotFound"];
            422: components["responses"]["SearchTooBroad"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["StorageUnavailableOrNoRoomOrIdentityUnavailable"];
        };
    };
    searchConversation: {
        parameters: {
            query: {
                /** @description 1 to 128 characters without control characters */
                userId?: string;
                /** @description 1 to 200 characters that are not all white space */
                q: string;
                limit?: number;
                /** @description the nextCursor of an earlier page */
                cursor?: string;
            };
            header?: never;
            path: {
                conversationId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of what was found */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SearchResults"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["IdentityMismatchOrNotAParticipant"];
            404: components["responses"]["ConversationNotFound"];
            422: components["responses"]["SearchTooBroad"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["StorageUnavailableOrNoRoomOrIdentityUnavailable"];
        };
    };
    tellTyping: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                conversationId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description 1 to 128 characters without control characters */
                    userId?: string;
                };
            };
        };
        responses: {
            /** @description It is told */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequestOrInvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["IdentityMismatchOrNotAParticipant"];
            404: components["responses"]["ConversationNotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["StorageUnavailableOrNoRoomOrIdentityUnavailable"];
        };
    };
    readPresence: {
        parameters: {
            query?: {
                /** @description 1 to 128 characters without control characters */
                userId?: string;
            };
            header?: never;
            path: {
                conversationId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The participants */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Presence"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["IdentityMismatchOrNotAParticipant"];
            404: components["responses"]["ConversationNotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["StorageUnavailableOrNoRoomOrIdentityUnavailable"];
        };
    };
    readLiveness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        status: "ok";
                    };
                };
            };
            500: components["responses"]["InternalError"];
        };
    };
    probeLiveness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        status: "ok";
                    };
                };
            };
            500: components["responses"]["InternalError"];
        };
    };
    readReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It may */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "ok" | "not ready";
                    };
                };
            };
            500: components["responses"]["InternalError"];
            /** @description Not yet, or no more: the service waits for its database, or drains */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "ok" | "not ready";
                    };
                };
            };
        };
    };
    probeReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It may */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "ok" | "not ready";
                    };
                };
            };
            500: components["responses"]["InternalError"];
            /** @description Not yet, or no more: the service waits for its database, or drains */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "ok" | "not ready";
                    };
                };
            };
        };
    };
    readCacheHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Redis answers */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CacheHealth"] | {
                        /** @constant */
                        healthy: false;
                        detail: string;
                    };
                };
            };
            500: components["responses"]["InternalError"];
            /** @description Redis is away, or the cache is switched off */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CacheHealth"] | {
                        /** @constant */
                        healthy: false;
                        detail: string;
                    };
                };
            };
        };
    };
    probeCacheHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Redis answers */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CacheHealth"] | {
                        /** @constant */
                        healthy: false;
                        detail: string;
                    };
                };
            };
            500: components["responses"]["InternalError"];
            /** @description Redis is away, or the cache is switched off */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CacheHealth"] | {
                        /** @constant */
                        healthy: false;
                        detail: string;
                    };
                };
            };
        };
    };
    readHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The service works; degraded while Redis is away, or Postgres refused the last write of this process: its detail says why */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            500: components["responses"]["InternalError"];
            /** @description Nothing can be done: Postgres is away */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    probeHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The service works; degraded while Redis is away, or Postgres refused the last write of this process: its detail says why */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            500: components["responses"]["InternalError"];
            /** @description Nothing can be done: Postgres is away */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    readDocument: {
        parameters: {
            query?: never;
            header?: {
                /** @description An ETag that was told before: 304 while the document is still that one */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The document */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    /** @description Names this version of the document */
                    ETag: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        openapi: string;
                        info: {
                            [key: string]: unknown;
                        };
                        paths: {
                            [key: string]: unknown;
                        };
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description The document is the one that the caller has */
            304: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    /** @description Names this version of the document */
                    ETag: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["InternalError"];
            503: components["responses"]["NoRoom"];
        };
    };
}
