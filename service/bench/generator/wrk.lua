-- Requests of a file for wrk, one a line: path, or path, tab, body. Each thread starts at a place of its own.
-- With a second argument each connection pauses after an answer for so many milliseconds on average, which need not be whole.
function init(arguments)
  requests = {}
  pause = tonumber(arguments[2])
  for line in io.lines(arguments[1]) do
    local path, body = line:match("^([^\t]*)\t(.*)$")
    table.insert(requests, wrk.format(nil, path or line, nil, body))
  end
  math.randomseed(7)
  place = math.random(#requests)
end

function request()
  place = place % #requests + 1
  return requests[place]
end

function delay()
  return pause and math.floor(pause + math.random()) or 0
end

function done(summary)
  local errors = summary.errors
  local lost = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format('\n{"answers":%d,"failures":%d,"bytes":%d,"seconds":%f}\n',
    summary.requests - errors.status, errors.status + lost, summary.bytes, summary.duration / 1e6))
end
