import type { Redis } from 'ioredis';

/** The channel on which every process tells what it changed, and hears what the others changed. */
export const EVENTS_CHANNEL = 'chat:events';

/**
 * Raises the markers of conversations to versions, never lowers one, and publishes the events. All in one step: whoever sees
 * an event can no longer be served an older page, and whoever was served an older page will see the event.
 * A marker that is not raised keeps its expiry: after a restore of an older database, whose versions start lower, it must
 * be able to run out. Without a nonce no marker is made, and one that is there keeps its expiry: no marker, no page.
 * KEYS: markers. ARGV: marker TTL in ms, a nonce where there is no marker or '', channel, the versions, the events.
 */
const ANNOUNCE = `
local count = #KEYS
for place = 1, count do
  local marker = redis.call('GET', KEYS[place])
  local version = ARGV[3 + place]
  if marker then
    local colon = string.find(marker, ':', 1, true)
    if tonumber(string.sub(marker, colon + 1)) < tonumber(version) then
      local raised = string.sub(marker, 1, colon) .. version
      if ARGV[2] == '' then redis.call('SET', KEYS[place], raised, 'KEEPTTL') else redis.call('SET', KEYS[place], raised, 'PX', ARGV[1]) end
    end
  elseif ARGV[2] ~= '' then
    redis.call('SET', KEYS[place], ARGV[2] .. ':' .. version, 'PX', ARGV[1])
  end
  redis.call('PUBLISH', ARGV[3], ARGV[3 + count + place])
end
return 1`;

/**
 * Stores a page if its marker is still the one its reader saw before reading Postgres, and no newer version was announced;
 * raises the marker to the page's version. KEYS: marker, page. ARGV: nonce, version, page, page TTL in ms, marker TTL in ms.
 * Answers 1 when stored, 0 when the page came too late.
 */
const FILL = `
local marker = redis.call('GET', KEYS[1])
if not marker then return 0 end
local colon = string.find(marker, ':', 1, true)
if string.sub(marker, 1, colon - 1) ~= ARGV[1] then return 0 end
if tonumber(string.sub(marker, colon + 1)) > tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. ':' .. ARGV[2], 'PX', ARGV[5])
redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
return 1`;

/** The scripts as ioredis takes them: sent by EVALSHA, by EVAL where Redis does not know one (any more). */
export const scripts = {
  announce: { lua: ANNOUNCE },
  fillPage: { lua: FILL, numberOfKeys: 2 },
};

/** A client of Redis that knows the scripts. */
export type WithScripts = Redis & {
  announce(keys: number, ...markersTtlNonceChannelVersionsEvents: (string | number)[]): Promise<number>;
  fillPage(
    marker: string,
    page: string,
    nonce: string,
    version: number,
    value: Buffer,
    pageTtl: number,
    markerTtl: number,
  ): Promise<number>;
};
