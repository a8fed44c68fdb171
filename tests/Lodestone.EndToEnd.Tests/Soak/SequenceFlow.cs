namespace Lodestone.EndToEnd.Tests.Soak;

/// <summary>One flow of numbered packets: how many were sent, how many a target has got, and which.</summary>
internal sealed class SequenceFlow(string name)
{
    private readonly Lock _gate = new();
    private readonly HashSet<uint> _missing = [];
    private string? _target;
    private uint _sent;

    public string Name => name;

    public long Sent => _sent;

    /// <summary>Packets that no target has got, of those sent until now.</summary>
    public int Missing
    {
        get
        {
            lock (_gate)
            {
                return _missing.Count;
            }
        }
    }

    /// <summary>The first packet that went to another target than those before; null for none.</summary>
    public string? Moved { get; private set; }

    /// <summary>Who gets them.</summary>
    public string? Target => _target;

    /// <summary>The number of the next packet, which counts as sent.</summary>
    public uint Next()
    {
        lock (_gate)
        {
            _missing.Add(_sent);
            return _sent++;
        }
    }

    /// <summary>A target has got a packet.</summary>
    public void Got(uint number, string target)
    {
        lock (_gate)
        {
            _missing.Remove(number);
            _target ??= target;
            if (_target != target)
            {
                Moved ??= $"{name}: packet {number} went to {target}, those before to {_target}";
            }
        }
    }
}
