using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Api.Resources;
using Lodestone.Client.Http;

namespace Lodestone.Controllers.Tests.Chaos;

/// <summary>The state of a cluster as text, without what differs between two runs that came to the same: times, versions, UIDs, which of several equal addresses.</summary>
internal static class Projection
{
    private static readonly HashSet<string> Volatile =
    [
        "resourceVersion", "creationTimestamp", "generation", "managedFields", "lastTransitionTime", "lastStateTransitionTime",
        "lastPhaseTransitionTime", "ringGeneration",
    ];

    /// <summary>One line an object, sorted.</summary>
    internal static async Task<string[]> ReadAsync(ApiClient client, CancellationToken cancellationToken)
    {
        var objects = new List<(ResourceDefinition Definition, KubernetesObject Object)>();
        await ReadAsync<Network>(client, objects, cancellationToken);
        await ReadAsync<NetworkInterface>(client, objects, cancellationToken);
        await ReadAsync<LoadBalancer>(client, objects, cancellationToken);
        await ReadAsync<LoadBalancerRouting>(client, objects, cancellationToken);
        await ReadAsync<Prefix>(client, objects, cancellationToken);
        await ReadAsync<PrefixAllocation>(client, objects, cancellationToken);
        await ReadAsync<AddressPool>(client, objects, cancellationToken);
        await ReadAsync<IPAddress>(client, objects, cancellationToken);
        await ReadAsync<NetworkID>(client, objects, cancellationToken);
        var names = new List<(string From, string To)>();
        foreach ((ResourceDefinition definition, KubernetesObject item) in objects)
        {
            names.Add((item.Metadata.Uid!, $"<uid of {definition.Kind} {NameOf(item)}>"));
            switch (item)
            {
                case IPAddress { Spec: { NetworkRef: null, ClaimRef: { } claim } } address:
                    string stable = $"<{IPFamily.Of(System.Net.IPAddress.Parse(address.Spec.Ip))} of {claim.Namespace}/{claim.Name}>";
                    names.Add((address.Metadata.Name!, stable));
                    names.Add((address.Spec.Ip, stable));
                    break;
                case IPAddress { Spec: { NetworkRef: not null, ClaimRef: { } holder } }:
                    names.Add((item.Metadata.Name!, $"<internal address of {holder.Namespace}/{holder.Name}>"));
                    break;
                case Network { Spec.ProviderID: { } providerId }:
                    names.Add((providerId["lodestone://".Length..], $"<VNI of {NameOf(item)}>"));
                    break;
                case Prefix { Spec: { Prefix: { } prefix, ParentRef: not null } }:
                    names.Add((prefix, $"<prefix of {NameOf(item)}>"));
                    if (prefix.EndsWith("/32", StringComparison.Ordinal))
                    {
                        names.Add((prefix[..^3], $"<address of {NameOf(item)}>"));
                    }

                    break;
                case PrefixAllocation allocation:
                    names.Add((allocation.Metadata.Name!, $"<allocation of {allocation.Metadata.Controller?.Name}>"));
                    break;
            }
        }

        // Longer ones first: one address may be the beginning of another.
        names.Sort((a, b) => b.From.Length.CompareTo(a.From.Length));
        string[] lines = [.. objects.Select(o => Line(o.Definition, o.Object, names)).Order(StringComparer.Ordinal)];
        return lines;
    }

    private static string NameOf(KubernetesObject item) => $"{item.Metadata.Namespace}/{item.Metadata.Name}";

    private static async Task ReadAsync<T>(ApiClient client, List<(ResourceDefinition Definition, KubernetesObject Object)> into, CancellationToken cancellationToken)
        where T : KubernetesObject
    {
        ResourceDefinition definition = ResourceDefinitions.Of<T>();
        foreach (T item in await client.ListAsync<T>(new ListOptions(), cancellationToken))
        {
            into.Add((definition, item));
        }
    }

    private static string Line(ResourceDefinition definition, KubernetesObject item, List<(string From, string To)> names)
    {
        JsonObject json = JsonSerializer.SerializeToNode(item, definition.TypeInfo)!.AsObject();
        long? generation = item.Metadata.Generation;
        json["metadata"]!.AsObject().Remove("uid");
        Strip(json, generation);
        string text = json.ToJsonString();
        foreach ((string from, string to) in names)
        {
            // A UID stands for itself wherever it is; an address may be the end or the beginning of another.
            text = Guid.TryParse(from, out _)
                ? text.Replace(from, to, StringComparison.Ordinal)
                : Regex.Replace(text, $"(?<![0-9a-zA-Z.:-]){Regex.Escape(from)}(?![0-9a-zA-Z.:/])", to);
        }

        return $"{definition.Kind} {Sorted(JsonNode.Parse(text)!).ToJsonString()}";
    }

    /// <summary>Lists in one order: that of UIDs, by which routings are sorted, is another in every run.</summary>
    private static JsonNode Sorted(JsonNode node) => node switch
    {
        JsonArray array => new JsonArray([.. array.Select(i => Sorted(i!)).OrderBy(i => i.ToJsonString(), StringComparer.Ordinal)]),
        JsonObject value => new JsonObject(value.Select(m => KeyValuePair.Create(m.Key, m.Value is null ? null : Sorted(m.Value))!)),
        _ => node.DeepClone(),
    };

    /// <summary>Takes away what is volatile; a generation that was observed stays as whether it is the latest.</summary>
    private static void Strip(JsonNode? node, long? generation)
    {
        if (node is JsonArray array)
        {
            foreach (JsonNode? item in array)
            {
                Strip(item, generation);
            }
        }
        else if (node is JsonObject value)
        {
            foreach (string name in Volatile)
            {
                value.Remove(name);
            }

            if (value["observedGeneration"] is { } observed)
            {
                value["observedGeneration"] = observed.GetValue<long>() == generation ? "latest" : string.Create(CultureInfo.InvariantCulture, $"{observed} of {generation}");
            }

            // What is empty and what is absent are the same to a reader.
            foreach ((string name, JsonNode? member) in value.ToArray())
            {
                Strip(member, generation);
                if (member is null or JsonArray { Count: 0 } or JsonObject { Count: 0 })
                {
                    value.Remove(name);
                }
            }
        }
    }
}
