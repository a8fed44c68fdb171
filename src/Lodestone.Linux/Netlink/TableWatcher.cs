using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Lodestone.Linux.Netlink;

/// <summary>Follows a kernel table: first everything in it, then every change.</summary>
/// <remarks>
/// The kernel drops notifications when we are slow and says so once with ENOBUFS. The table is then read again and what differs from
/// what was told is told, so nothing is missed; changes in between merge into the last one.
/// </remarks>
internal sealed class TableWatcher<TKey, TItem>(
    Socket subscription,
    ushort removal,
    NetlinkParser<TItem> parse,
    Func<IReadOnlyList<TItem>> dump,
    Func<TItem, TKey> keyOf) : IDisposable
    where TKey : notnull
    where TItem : class
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly Dictionary<TKey, TItem> _known = [];
    private int _watching;

    public async IAsyncEnumerable<NetlinkChange<TItem>> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _watching, 1) != 0)
        {
            throw new InvalidOperationException("This monitor is being watched already; open another one.");
        }

        var changes = new List<NetlinkChange<TItem>>();
        Resync(changes);
        while (true)
        {
            foreach (NetlinkChange<TItem> change in changes)
            {
                yield return change;
            }

            changes.Clear();
            int length;
            try
            {
                length = await subscription.ReceiveAsync(_buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.NoBufferSpaceAvailable)
            {
                length = -1;
            }

            if (length < 0)
            {
                Resync(changes);
            }
            else
            {
                Read(_buffer.AsSpan(0, length), changes);
            }
        }
    }

    public void Dispose() => subscription.Dispose();

    private void Read(ReadOnlySpan<byte> datagram, List<NetlinkChange<TItem>> changes)
    {
        while (NetlinkMessage.TryTake(ref datagram, out NetlinkMessage message))
        {
            if (parse(message) is not { } item)
            {
                continue;
            }

            if (message.Type == removal)
            {
                if (_known.Remove(keyOf(item)))
                {
                    changes.Add(new NetlinkChange<TItem>(ChangeKind.Removed, item));
                }
            }
            else
            {
                Keep(item, changes);
            }
        }
    }

    private void Resync(List<NetlinkChange<TItem>> changes)
    {
        IReadOnlyList<TItem> items = dump();
        var present = new HashSet<TKey>(items.Select(keyOf));
        foreach ((TKey key, TItem item) in _known)
        {
            if (!present.Contains(key))
            {
                _ = _known.Remove(key);
                changes.Add(new NetlinkChange<TItem>(ChangeKind.Removed, item));
            }
        }

        foreach (TItem item in items)
        {
            Keep(item, changes);
        }
    }

    // Links are announced again whenever anything about them moves; only what we show counts.
    private void Keep(TItem item, List<NetlinkChange<TItem>> changes)
    {
        TKey key = keyOf(item);
        if (!_known.TryGetValue(key, out TItem? known) || !known.Equals(item))
        {
            _known[key] = item;
            changes.Add(new NetlinkChange<TItem>(ChangeKind.Present, item));
        }
    }
}
