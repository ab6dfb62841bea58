/** SQL for a time as it is told: ISO 8601 in UTC with milliseconds. */
export const time = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

// A member that is absent where its value is NULL: `||` makes all of it NULL then, and `concat` passes over what is NULL.
const optional = (name: string, value: string) => `',"${name}":' || ${value}`;
const optionalTime = (name: string, column: string) => optional(name, `'"' || ${time(column)} || '"'`);

/**
 * SQL for the JSON of the row `m` of `message` as text, the MessageView that participants are told: written by Postgres once,
 * passed on as it is by everything after it. Put together from strings, because `json_build_object` and `json_strip_nulls` take
 * three times as long; what people or their clients write goes through `to_json`, which quotes and escapes it.
 */
export const MESSAGE_JSON = `concat('{"id":', to_json(m.id), ',"conversationId":', to_json(m.conversation_id),
    ',"seq":', m.seq, ',"userId":', to_json(m.user_id), ',"content":', to_json(m.content),
    ',"messageType":"', m.message_type, '","createdAt":"', ${time('m.created_at')}, '"',
    ${optional('replyToId', 'to_json(m.reply_to_id)::text')},
    ${optionalTime('editedAt', 'm.edited_at')}, ${optionalTime('deletedAt', 'm.deleted_at')},
    ${optional('reactions', 'm.reactions::text')}, '}')`;

/** SQL for the JSON of a list of all rows `m`, newest first; a list without entries where there are none. */
export const AGGREGATED_MESSAGES = `concat('[', string_agg(${MESSAGE_JSON}, ',' order by m.seq desc), ']')`;
