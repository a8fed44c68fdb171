using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lodestone.Agent.Status;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Json;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.FieldManagement;
using Lodestone.ApiServer.Json;

namespace Lodestone.Cli.Simulate.Site;

/// <summary>Gives objects the managedFields that our server would keep for them: no small part of what is served and cached.</summary>
/// <remarks>They are the server's own, worked out for the first object of a kind: what they name is the same for all.</remarks>
internal sealed class SiteFields(int gateways)
{
    private const string User = "poollet";
    private const string Controller = "lodestone-controller";
    private const string Agent = "lodestone-agent";

    private readonly ConcurrentDictionary<Type, RawJson?> _fields = new();
    private readonly SimulatedTime _time = new();

    /// <summary>Completes an object: version, kind and managedFields. Returns it.</summary>
    public T Complete<T>(T item)
        where T : KubernetesObject
    {
        ResourceDefinition definition = ResourceDefinitions.Of<T>();
        item.ApiVersion = definition.ApiVersion;
        item.Kind = definition.Kind;
        item.Metadata.ManagedFields = _fields.GetOrAdd(typeof(T), _ => FieldsOf(item, definition));
        return item;
    }

    private RawJson? FieldsOf(KubernetesObject item, ResourceDefinition definition)
    {
        var manager = new FieldManager(definition, _time);
        JsonObject whole = JsonSerializer.SerializeToNode(item, definition.TypeInfo)!.AsObject();
        JsonObject created = whole.DeepClone().AsObject();
        created.Remove("status");
        RawJson? fields = manager.Create(Utf8(created), item is LoadBalancer or NetworkInterface or Network ? User : item is Lease ? Agent : Controller);
        if (whole["status"] is not { } status)
        {
            return fields;
        }

        // What gateways write is theirs, each under its own name.
        JsonNode? entries = status["gateways"];
        JsonObject next = whole.DeepClone().AsObject();
        next["status"]!.AsObject().Remove("gateways");
        fields = manager.Update(Utf8(created), Utf8(next), fields, null, item is NetworkInterface or Api.Platform.Host ? Agent : Controller, "status");
        next["status"]!["gateways"] = entries is null ? null : new JsonArray();
        for (int i = 0; entries is not null && i < gateways; i++)
        {
            var applied = new JsonObject
            {
                ["apiVersion"] = item.ApiVersion,
                ["kind"] = item.Kind,
                ["metadata"] = new JsonObject { ["name"] = item.Metadata.Name, ["namespace"] = item.Metadata.Namespace },
                ["status"] = new JsonObject { ["gateways"] = new JsonArray(entries[i]!.DeepClone()) },
            };
            (_, fields) = manager.Apply(Utf8(next), fields, ValueReader.Read(Utf8(applied)), GatewayEntryWriter.ManagerOf(SiteObjects.HostName(i)), "status", force: true);
            next["status"]!["gateways"]!.AsArray().Add(entries[i]!.DeepClone());
        }

        return fields;
    }

    private static byte[] Utf8(JsonObject json) => Encoding.UTF8.GetBytes(json.ToJsonString());
}
