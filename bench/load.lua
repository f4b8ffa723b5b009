-- wrk's part of bench/load.py: creates orders with new ids, or reads one path or many.
-- Arguments after "--": create PREFIX | read PATH NUMBERS ("%d" in PATH is a number up to that).
local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)  -- a global of that thread; a local of this name would hide it
end

function init(args)
  mode, argument, numbers = args[1], args[2], tonumber(args[3])
  sent = 0
  math.randomseed(number)
end

function request()
  sent = sent + 1
  if mode == "create" then
    local body = string.format(
      '{"user_id": 1, "order_id": "%s-%d-%d", "item_ids": [101, 102, 103], "total_amount": 59.99}',
      argument, number, sent)
    return wrk.format("POST", "/orders/", {["Content-Type"] = "application/json"}, body)
  end
  return wrk.format("GET", (string.gsub(argument, "%%d", math.random(numbers))))
end

function done(summary, latency, requests)
  local e = summary.errors
  print(string.format(
    '\n{"requests": %d, "seconds": %f, "p99_ms": %f, "errors": %d}',
    summary.requests, summary.duration / 1e6, latency:percentile(99) / 1e3,
    e.connect + e.read + e.write + e.status + e.timeout))
end
