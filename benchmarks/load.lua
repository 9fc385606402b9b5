-- Sends the requests in turn. Every response counts as a failure that is not 200, or that does not contain `expected`;
-- the sums are the last line that wrk prints, as JSON.
local threads = {}
local sent = 0
local between = 16
unexpected = 0

setup = function(thread)
  table.insert(threads, thread)
end

init = function()
  for number, one in ipairs(requests) do
    one.text = wrk.format("POST", nil, one.headers, one.body)
  end
end

-- The number of the document. Where each is sent twice, others are sent in between, so that the first is answered then.
local function document()
  if sights < 2 then return first + sent end
  return first + math.floor(sent / 2) - between * (sent % 2)
end

request = function()
  local one = requests[sent % #requests + 1]
  sent = sent + 1
  if sights == 0 then return one.text end
  return wrk.format("POST", nil, one.headers, (one.body:gsub("@@", string.format("%d", document()))))
end

if expected then
  response = function(status, headers, body)
    if not body:find(expected, 1, true) then unexpected = unexpected + 1 end
  end
end

done = function(summary, latency)
  local errors = summary.errors
  local failures = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  for _, thread in ipairs(threads) do failures = failures + thread:get("unexpected") end
  io.write(string.format('{"requests": %d, "failures": %d, "p50": %.3f, "p99": %.3f}\n',
    summary.requests, failures, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
