namespace Lodestone.Agent;

/// <summary>How long ago the agent heard of the API. While the API is away these grow, and the data path serves on.</summary>
/// <param name="EventAges">Time since an event, a bookmark (about one a minute) or a list came, for each watched resource.</param>
/// <param name="LeaseAge">Time since this machine's Lease was renewed; null: never.</param>
public sealed record ApiContact(IReadOnlyDictionary<string, TimeSpan> EventAges, TimeSpan? LeaseAge)
{
    /// <summary>Of an agent that has not begun.</summary>
    public static ApiContact None { get; } = new(new Dictionary<string, TimeSpan>(), null);
}
