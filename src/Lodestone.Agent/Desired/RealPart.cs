namespace Lodestone.Agent.Desired;

/// <summary>A real and the VIPs that have it as target.</summary>
internal sealed class RealPart(VipKey first)
{
    private SortedSet<VipKey>? _others;

    /// <summary>VIPs that choose how it is reached, and how.</summary>
    private SortedDictionary<VipKey, Encapsulation>? _choices;

    /// <summary>The first VIP in order.</summary>
    public VipKey First { get; private set; } = first;

    /// <summary>The VIP whose form is used, since it is one real whoever has it: the first that chooses one, else the first.</summary>
    public VipKey Deciding => _choices is { Count: > 0 } ? _choices.First().Key : First;

    /// <summary>The first VIP that chooses another form than that; null: there is none.</summary>
    public VipKey? Dissenting
    {
        get
        {
            if (_choices is not { Count: > 1 })
            {
                return null;
            }

            Encapsulation chosen = _choices.First().Value;
            foreach ((VipKey vip, Encapsulation other) in _choices)
            {
                if (other != chosen)
                {
                    return vip;
                }
            }

            return null;
        }
    }

    /// <summary>Whether a VIP has it.</summary>
    public bool IsWanted { get; private set; } = true;

    /// <summary>What stands in the state; null until it was resolved.</summary>
    public RealModel? Real { get; set; }

    /// <summary>Why it is not reached; null: it is.</summary>
    public Problem? Problem { get; set; }

    /// <summary>Whether network interfaces of the same number on its host matter: they do where Geneve tells them apart by number.</summary>
    public bool IsByNumber { get; set; }

    /// <summary>The first VIP after there was none.</summary>
    public void Begin(VipKey vip) => (First, IsWanted) = (vip, true);

    /// <summary>One VIP more.</summary>
    public void Add(VipKey vip)
    {
        if (vip == First)
        {
            return;
        }

        _others ??= new SortedSet<VipKey>(LayoutOrder.Instance);
        if (LayoutOrder.Instance.Compare(vip, First) < 0)
        {
            _others.Add(First);
            First = vip;
        }
        else
        {
            _others.Add(vip);
        }
    }

    /// <summary>A VIP chooses how it is reached, or (<see cref="Encapsulation.Auto"/>) no longer.</summary>
    public void Choose(VipKey vip, Encapsulation encapsulation)
    {
        if (encapsulation != Encapsulation.Auto)
        {
            (_choices ??= new SortedDictionary<VipKey, Encapsulation>(LayoutOrder.Instance))[vip] = encapsulation;
        }
        else
        {
            _choices?.Remove(vip);
        }
    }

    /// <summary>One VIP less.</summary>
    public void Remove(VipKey vip)
    {
        if (vip != First)
        {
            _others?.Remove(vip);
        }
        else if (_others is { Count: > 0 })
        {
            First = _others.Min;
            _others.Remove(First);
        }
        else
        {
            IsWanted = false;
        }
    }
}
