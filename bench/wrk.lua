-- Takes method and body as arguments, and answers with one line of JSON.
function init(args)
  wrk.method = args[1]
  wrk.body = args[2] ~= "" and args[2] or nil
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "microseconds": %d, "errors": %d, "refused": %d, "p50": %d, "p99": %d}\n',
    summary.requests, summary.duration,
    errors.connect + errors.read + errors.write + errors.timeout, errors.status,
    latency:percentile(50), latency:percentile(99)
  ))
end
