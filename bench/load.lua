-- wrk's side of bench/load.py: a body with a new name for each request, where one is wanted, and the result as JSON.
-- Arguments: a method, and what names begin with.

function init(arguments)
  wrk.method = arguments[1]
  local prefix, number = arguments[2], 0
  if prefix then
    wrk.headers["Content-Type"] = "application/json"
    request = function()
      number = number + 1
      return wrk.format(nil, nil, nil, '{"name":"' .. prefix .. number .. '"}')
    end
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.stderr:write(string.format(
    '{"requests":%d,"microseconds":%d,"refused":%d,"failed":%d,"p50":%d,"p99":%d}',
    summary.requests, summary.duration, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)
  ))
end
