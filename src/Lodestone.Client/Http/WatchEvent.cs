using Lodestone.Api.Meta;

namespace Lodestone.Client.Http;

/// <summary>One event of a watch.</summary>
/// <typeparam name="T">The kind watched.</typeparam>
/// <param name="Type">What happened.</param>
/// <param name="Item">The object; of a bookmark only its resource version means something; null for an error.</param>
/// <param name="Error">What failed; null unless <paramref name="Type"/> is <see cref="WatchEventType.Error"/>.</param>
public readonly record struct WatchEvent<T>(WatchEventType Type, T? Item, Status? Error)
    where T : KubernetesObject;
