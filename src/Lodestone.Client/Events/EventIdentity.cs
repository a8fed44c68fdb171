namespace Lodestone.Client.Events;

/// <summary>What makes two events the same: who they are about, and what they say.</summary>
internal sealed record EventIdentity(
    string ApiVersion, string Kind, string Namespace, string Name, string Uid, EventType Type, string Reason, string Message);
