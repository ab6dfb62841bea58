import type { MikroORM } from '@mikro-orm/postgresql';
import { MESSAGE_JSON } from '../data/message-json.ts';
import { runStatement, type Statement } from '../data/statement.ts';
import { epochOf } from '../data/version-epoch.ts';
import type { JsonText } from '../domain/message.ts';
import { MOST_MISSED } from './frames.ts';
import type { Position } from './subscription.ts';

/** Most bytes of JSON that a catch-up tells; whoever missed more reads the history again, page by page. */
const MOST_BYTES = 512 * 1_024;

/** A message that somebody missed, or missed a change of. */
export type MissedMessage = {
  readonly seq: number;
  /** The version of its last edit, deletion or reaction; 0: none. */
  readonly changedVersion: number;
  readonly json: JsonText;
};

/** A conversation as one snapshot of the database told it, with what was missed since a position. */
export type Snapshot = Position & {
  /** Seq of the oldest message there is; 0: there is none. */
  readonly firstSeq: number;
  readonly participantIds: readonly string[];
  /** By seq. Undefined: it is more than a catch-up tells, or the database cannot know it. */
  readonly missed: readonly MissedMessage[] | undefined;
};

type SnapshotRow = {
  version: string;
  last_seq: string;
  first_seq: string | null;
  participants: string | null;
  count: string;
  lines: string | null;
};

/**
 * One statement, so version, participants and messages are of one snapshot. Two ranges of two indexes: the messages of newer
 * seq, and the older ones that changed since the version. Both are left after one more than is told. Lines, not JSON in JSON:
 * Postgres writes no line feed within JSON, and no id holds one, so nothing is parsed on the way to the socket.
 */
function buildCatchUp(conversationId: string, from: Position | undefined): Statement {
  // Without a position nothing is missed: no seq is newer than null.
  const seq = from?.seq ?? null;
  const version = from && Number.isFinite(from.version) ? from.version : null;
  const sql = `
    select c.version, c.last_seq,
      (select seq from message where conversation_id = c.id order by seq limit 1) as first_seq,
      (select string_agg(user_id, E'\\n') from participant where conversation_id = c.id) as participants,
      missed.count,
      case when octet_length(missed.lines) <= ${MOST_BYTES} then missed.lines end as lines
    from conversation c, lateral (
      select count(*), string_agg(m.seq || ' ' || coalesce(m.changed_version, 0) || ' ' || ${MESSAGE_JSON}::text, E'\\n'
        order by m.seq) as lines
      from (
        (select * from message where conversation_id = c.id and seq > ?::bigint
          and c.last_seq - ?::bigint <= ${MOST_MISSED} order by seq limit ${MOST_MISSED + 1})
        union all
        (select * from message where conversation_id = c.id and changed_version > ?::bigint and seq <= ?::bigint
          and c.last_seq - ?::bigint <= ${MOST_MISSED} order by changed_version limit ${MOST_MISSED + 1})
      ) m
    ) missed
    where c.id = ?`;
  return { sql, values: [seq, seq, version, seq, seq, conversationId], isRepeatable: true };
}

/**
 * Reads a conversation with what was missed since a position, changes of older messages only where its version is finite.
 * Undefined when there is no such conversation. Throws StorageUnavailable.
 */
export async function readCatchUp(
  orm: MikroORM,
  conversationId: string,
  from: Position | undefined,
): Promise<Snapshot | undefined> {
  const [row] = await runStatement<SnapshotRow>(orm, buildCatchUp(conversationId, from));
  if (!row) return undefined;
  const snapshot = {
    version: Number(row.version),
    seq: Number(row.last_seq),
    firstSeq: Number(row.first_seq ?? 0),
    participantIds: row.participants?.split('\n') ?? [],
  };
  return { ...snapshot, missed: isTellable(snapshot, row, from) ? readLines(row.lines) : undefined };
}

function isTellable(
  { version, seq, firstSeq }: Omit<Snapshot, 'missed'>,
  { count, lines }: SnapshotRow,
  from: Position | undefined,
): boolean {
  if (!from) return true;
  if (from.seq > seq || (Number.isFinite(from.version) && from.version > version)) return false; // of another database
  if (Number.isFinite(from.version) && epochOf(from.version) !== epochOf(version)) return false; // of before a restore
  const isTrimmed = from.seq < seq && (firstSeq === 0 || from.seq + 1 < firstSeq);
  if (isTrimmed || seq - from.seq > MOST_MISSED) return false;
  return Number(count) <= MOST_MISSED && (Number(count) === 0 || lines !== null);
}

function readLines(lines: string | null): MissedMessage[] {
  if (lines === null) return [];
  return lines.split('\n').map((line) => {
    const first = line.indexOf(' ');
    const second = line.indexOf(' ', first + 1);
    return {
      seq: Number(line.slice(0, first)),
      changedVersion: Number(line.slice(first + 1, second)),
      json: line.slice(second + 1),
    };
  });
}

/** What of a snapshot somebody missed who was at `from`, as the frame that tells it. `from` may be newer than what was asked for. */
export function writeSubscribed(conversationId: string, snapshot: Snapshot, from: Position): JsonText {
  const { version, seq, firstSeq, missed = [] } = snapshot;
  const fresh = missed.filter((message) => message.seq > from.seq);
  const changed = missed.filter((message) => message.seq <= from.seq && message.changedVersion > from.version);
  const state = JSON.stringify({ recovered: snapshot.missed !== undefined, seq, version, firstSeq });
  const list = (messages: readonly MissedMessage[]) => `[${messages.map(({ json }) => json).join(',')}]`;
  return `{"type":"subscribed","conversationId":${JSON.stringify(conversationId)},${state.slice(1, -1)},"messages":${list(fresh)},"changed":${list(changed)}}`;
}

/** The versions of those conversations that there are. Throws StorageUnavailable. */
export async function readVersions(orm: MikroORM, ids: readonly string[]): Promise<Map<string, number>> {
  const rows = await runStatement<{ id: string; version: string }>(orm, {
    sql: 'select id, version from conversation where id = any(array(select jsonb_array_elements_text(?::jsonb)))',
    values: [JSON.stringify(ids)],
    isRepeatable: true,
  });
  return new Map(rows.map(({ id, version }) => [id, Number(version)]));
}
