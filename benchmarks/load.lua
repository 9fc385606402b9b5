-- Every answer counts as a failure that is not 200; the sums are the last line that wrk prints, as JSON.
done = function(summary, latency)
  local errors = summary.errors
  local failures = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format('{"requests": %d, "failures": %d, "p50": %.3f, "p99": %.3f}\n',
    summary.requests, failures, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
