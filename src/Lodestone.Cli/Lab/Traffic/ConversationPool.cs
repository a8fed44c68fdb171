using System.Net;

namespace Lodestone.Cli.Lab.Traffic;

/// <summary>Many long-lived connections to some VIPs at once.</summary>
internal sealed class ConversationPool : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Conversation> _conversations = [];
    private Task _running = Task.CompletedTask;

    /// <summary>All connections.</summary>
    public IReadOnlyList<Conversation> Conversations => _conversations;

    /// <summary>Those that broke.</summary>
    public IEnumerable<Conversation> Broken => _conversations.Where(c => c.Broken is not null);

    /// <summary>Answers so far, of all together.</summary>
    public long Exchanges => _conversations.Sum(c => (long)c.Exchanges);

    /// <summary>Opens the connections and returns when each has had its first answer; from then on they exchange data by themselves.</summary>
    public async Task StartAsync(NamespaceSockets sockets, IReadOnlyList<IPAddress> vips, int perVip, TimeProvider time, CancellationToken cancellationToken)
    {
        foreach (IPAddress vip in vips)
        {
            for (int i = 0; i < perVip; i++)
            {
                _conversations.Add(new Conversation(sockets, vip, _conversations.Count, time));
            }
        }

        await Task.WhenAll(_conversations.Select(c => c.ExchangeAsync(cancellationToken)));
        _running = Task.WhenAll(_conversations.Select(c => c.RunAsync(_stop.Token)));
    }

    /// <summary>Connections to one target that live.</summary>
    public int AliveTo(string target) => _conversations.Count(c => c.Broken is null && c.Target == target);

    /// <summary>Stops exchanging data; the counts stay.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        foreach (Conversation conversation in _conversations)
        {
            conversation.Dispose();
        }

        _stop.Dispose();
    }
}
