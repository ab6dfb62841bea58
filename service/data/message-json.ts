/** SQL for a time as it is told: ISO 8601 in UTC with milliseconds. */
export const time = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/**
 * SQL for the JSON of the row `m` of `message`, the MessageView that participants are told: written by Postgres once, passed on
 * as it is by everything after it.
 */
export const MESSAGE_JSON = `json_strip_nulls(json_build_object(
    'id', m.id, 'conversationId', m.conversation_id, 'seq', m.seq, 'userId', m.user_id, 'content', m.content,
    'messageType', m.message_type, 'createdAt', ${time('m.created_at')}, 'replyToId', m.reply_to_id,
    'editedAt', ${time('m.edited_at')}, 'deletedAt', ${time('m.deleted_at')}, 'reactions', m.reactions))`;

/** SQL for the JSON of all rows `m`, newest first; a list without entries where there are none. */
export const AGGREGATED_MESSAGES = `coalesce(json_agg(${MESSAGE_JSON} order by m.seq desc), '[]')::text`;
