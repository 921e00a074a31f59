%% The two-node workload on Distributed Erlang. Started by bench/sockets/peers.py:
%%     erl ... -run dist_echo main srv
%%     erl ... -run dist_echo main cli NODE echo N BYTES COUNT REPETITIONS
%%     erl ... -run dist_echo main cli NODE hol N BYTES MILLISECONDS REPETITIONS
%%     erl ... -run dist_echo main local pingpong COUNT REPETITIONS
%% One receiver process a sender. Prints the same lines as the C++ programs (measured.hpp).
-module(dist_echo).
-export([main/1, receiver/0]).

-define(THINK_MS, 1).
-define(BULK_LEAD_MS, 200).
-define(PING_BYTES, 64).
-define(CONNECT_TRIES, 100).

main(["srv"]) ->
    io:format("ready~n"),
    receive stop -> ok end;
main(["cli", Server, Mode | Numbers]) ->
    Node = list_to_atom(Server),
    connect(Node, ?CONNECT_TRIES),
    [N, Bytes, Count, Repetitions] = [list_to_integer(Each) || Each <- Numbers],
    repeat(Repetitions, fun() -> measure(Mode, Node, N, Bytes, Count) end),
    halt(0);
main(["local", "pingpong", Count, Repetitions]) ->
    repeat(list_to_integer(Repetitions), fun() -> ping_pong(list_to_integer(Count)) end),
    halt(0).

measure("echo", Node, N, Bytes, Count) -> echo(Node, N, Bytes, Count);
measure("hol", Node, N, Bytes, Ms) -> head_of_line(Node, N, Bytes, Ms).

connect(Node, 0) ->
    io:format(standard_error, "no connection to ~s~n", [Node]),
    halt(1);
connect(Node, Tries) ->
    case net_adm:ping(Node) of
        pong -> ok;
        pang -> timer:sleep(50), connect(Node, Tries - 1)
    end.

repeat(0, _) -> ok;
repeat(Times, Do) -> Do(), repeat(Times - 1, Do).

now_ns() -> erlang:monotonic_time(nanosecond).

%% --- receivers, on the server

receiver() ->
    receive
        {echo, From, Payload} -> From ! {reply, Payload}, receiver();
        {ack, From, _} -> From ! reply, receiver();
        stop -> ok
    end.

receivers(Node, N) -> [spawn(Node, ?MODULE, receiver, []) || _ <- lists:seq(1, N)].

stop_all(Processes) -> [Each ! stop || Each <- Processes].

%% --- echo

echo(Node, N, Bytes, Count) ->
    Receivers = receivers(Node, N),
    Payload = payload(Bytes),
    Main = self(),
    Senders = [spawn_link(fun() -> sender(Main, To, Payload, Count) end) || To <- Receivers],
    [receive {up, Each} -> ok end || Each <- Senders],
    Start = now_ns(),
    [Each ! start || Each <- Senders],
    Seen = [receive {done, Each, Taken} -> Taken end || Each <- Senders],
    Total = now_ns() - Start,
    Rate = N * Count * 1.0e9 / Total,
    io:format("mode=echo peer=disterl n=~b payload=~b count=~b total_ms=~.3f msgs_per_s=~.1f "
              "mb_per_s=~.3f ~s~n",
              [N, Bytes, Count, Total / 1.0e6, Rate, Rate * Bytes / 1.0e6,
               percentiles(lists:append(Seen))]),
    stop_all(Receivers).

sender(Main, To, Payload, Count) ->
    Main ! {up, self()},
    receive start -> ok end,
    Main ! {done, self(), echoes(To, Payload, Count, [])}.

echoes(_, _, 0, Taken) -> Taken;
echoes(To, Payload, Left, Taken) ->
    Sent = now_ns(),
    To ! {echo, self(), Payload},
    receive {reply, _} -> ok end,
    echoes(To, Payload, Left - 1, [now_ns() - Sent | Taken]).

%% --- a pinger beside bulk

head_of_line(Node, N, Bytes, Ms) ->
    [PingReceiver | Receivers] = receivers(Node, N + 1),
    Payload = payload(Bytes),
    Main = self(),
    Start = now_ns() + ?BULK_LEAD_MS * 1000000,
    End = Start + Ms * 1000000,
    Bulk = [spawn_link(fun() -> bulk(Main, To, Payload, Start, End, 0) end) || To <- Receivers],
    timer:sleep(?BULK_LEAD_MS),
    Pinger = spawn_link(fun() ->
        Main ! {done, self(), pings(PingReceiver, payload(?PING_BYTES), End, [])}
    end),
    Pings = receive {done, Pinger, Taken} -> Taken end,
    Acknowledged = lists:sum([receive {done, Each, Acks} -> Acks end || Each <- Bulk]),
    io:format("mode=hol peer=disterl n=~b payload=~b count=~b total_ms=~.3f pings=~b ~s "
              "bulk_mb_per_s=~.3f~n",
              [N, Bytes, Ms, float(Ms), length(Pings), percentiles(Pings),
               Acknowledged * Bytes * 1000.0 / Ms / 1.0e6]),
    stop_all([PingReceiver | Receivers]).

%% Counts the acknowledgements within the time of the pings.
bulk(Main, To, Payload, Start, End, Acknowledged) ->
    To ! {ack, self(), Payload},
    receive reply -> ok end,
    case now_ns() of
        Now when Now >= End -> Main ! {done, self(), Acknowledged};
        Now when Now < Start -> bulk(Main, To, Payload, Start, End, Acknowledged);
        _ -> bulk(Main, To, Payload, Start, End, Acknowledged + 1)
    end.

pings(To, Payload, End, Taken) ->
    case now_ns() of
        Now when Now >= End ->
            Taken;
        Sent ->
            To ! {ack, self(), Payload},
            receive reply -> ok end,
            All = [now_ns() - Sent | Taken],
            timer:sleep(?THINK_MS),
            pings(To, Payload, End, All)
    end.

%% --- two processes in one node

ping_pong(Count) ->
    Pong = spawn_link(fun pong/0),
    Start = now_ns(),
    ping(Pong, Count div 2),
    Total = now_ns() - Start,
    Pong ! stop,
    io:format("mode=pingpong peer=disterl count=~b total_ms=~.3f ns_per_message=~.2f~n",
              [Count, Total / 1.0e6, Total / Count]).

ping(_, 0) -> ok;
ping(Pong, Left) -> Pong ! {self(), Left}, receive {Pong, Left} -> ping(Pong, Left - 1) end.

pong() ->
    receive
        {From, Left} -> From ! {self(), Left}, pong();
        stop -> ok
    end.

%% --- figures

payload(Bytes) -> binary:copy(<<7>>, Bytes).

percentiles(Taken) ->
    Sorted = lists:sort(Taken),
    io_lib:format("p50_us=~.1f p99_us=~.1f max_us=~.1f",
                  [percentile_us(Sorted, Each) || Each <- [50, 99, 100]]).

%% Nearest rank.
percentile_us([], _) -> 0.0;
percentile_us(Sorted, Percent) ->
    Rank = max(1, (length(Sorted) * Percent + 99) div 100),
    lists:nth(Rank, Sorted) / 1000.
