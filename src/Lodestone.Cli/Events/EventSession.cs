using Lodestone.Agent.Events;
using Lodestone.Datapath.Events;
using Lodestone.Datapath.Layout;

namespace Lodestone.Cli.Events;

/// <summary>Reads a listener's events for a while.</summary>
internal sealed class EventSession(EventListener listener, ServedTables tables, TimeProvider time)
{
    /// <summary>Programs do not wake who listens. 256 KiB take 1,560 events: some 80 ms of what one CPU tells at most.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan RenewEvery = EventListener.Lease / 4;

    private readonly EventRecord[] _records = new EventRecord[2048];

    /// <summary>Asks for events and hands them on until the time is over, the user ends it or <paramref name="handle"/> has enough.</summary>
    /// <param name="wants">Which.</param>
    /// <param name="only">The only VIP; null: all. Of dropped packets the destination counts.</param>
    /// <param name="duration">How long; null: until one of the others.</param>
    /// <param name="handle">Takes an event; false: it was the last that is wanted.</param>
    /// <param name="idle">Is called after each look.</param>
    /// <param name="cancellationToken">The user ends it; that is no failure.</param>
    public async Task RunAsync(
        EventWants wants, DatapathAddress? only, TimeSpan? duration, Func<PacketEvent, bool> handle, Action? idle, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp(), renewed = start;
        listener.Ask(wants with { Address = only });
        while (!cancellationToken.IsCancellationRequested && (duration is null || time.GetElapsedTime(start) < duration))
        {
            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (time.GetElapsedTime(renewed) >= RenewEvery)
            {
                listener.Renew();
                renewed = time.GetTimestamp();
            }

            if (!TakeAll(only, handle))
            {
                return;
            }

            idle?.Invoke();
        }
    }

    private bool TakeAll(DatapathAddress? only, Func<PacketEvent, bool> handle)
    {
        int count;
        while ((count = listener.Read(_records)) > 0)
        {
            tables.Refresh();
            foreach (EventRecord record in _records.AsSpan(0, count))
            {
                PacketEvent packet = EventDecoder.Decode(record);
                if ((only is null || packet.Destination == only) && !handle(packet))
                {
                    return false;
                }
            }

            if (count < _records.Length)
            {
                break;
            }
        }

        return true;
    }
}
