using System.Buffers;
using System.Collections.Specialized;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Web;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;

namespace Lodestone.Cli.Simulate.Site;

/// <summary>The API of a simulated site as a transport: lists in pages, made as they are read, and watches. Counts the bytes of both. Thread-safe.</summary>
/// <remarks>Bodies are JSON as our server writes them, without what HTTP and TLS add and without compression, which a watch never has.</remarks>
internal sealed class SiteApi : HttpMessageHandler
{
    private const string Version = "1";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Kind> _kinds;
    private readonly Dictionary<string, ListedKind> _listed = [];
    private readonly List<Watch> _watches = [];

    /// <summary>All that has changed since the lists: a watch begins where they end.</summary>
    private readonly List<(string Plural, KubernetesObject Item, byte[] Frame)> _changes = [];

    public SiteApi(SiteObjects site)
    {
        SimulationScale scale = site.Scale;
        Kind[] kinds =
        [
            new(ResourceDefinitions.Host, scale.Hosts, site.Host),
            new(ResourceDefinitions.Lease, scale.Hosts, site.Lease),
            new(ResourceDefinitions.Namespace, scale.Networks + 1, site.Namespace),
            new(ResourceDefinitions.Network, scale.Networks, site.Network),
            new(ResourceDefinitions.NetworkID, scale.Networks, site.NetworkId),
            new(ResourceDefinitions.NetworkInterface, scale.Interfaces, site.Interface),
            new(ResourceDefinitions.LoadBalancer, scale.LoadBalancers, i => site.LoadBalancer(i)),
            new(ResourceDefinitions.LoadBalancerRouting, scale.LoadBalancers, site.Routing),
            new(ResourceDefinitions.IPAddress, scale.LoadBalancers, site.Address),
            new(ResourceDefinitions.AddressPool, 1, site.Pool),
        ];
        _kinds = kinds.ToDictionary(kind => kind.Definition.Plural, StringComparer.Ordinal);
    }

    /// <summary>Bytes and objects of lists so far, by plural, beginning anew.</summary>
    public IReadOnlyDictionary<string, ListedKind> TakeListed()
    {
        lock (_lock)
        {
            var listed = new Dictionary<string, ListedKind>(_listed);
            _listed.Clear();
            return listed;
        }
    }

    /// <summary>Bytes of the watch event that tells of an object.</summary>
    public static int EventBytes(KubernetesObject item) => FrameOf(item).Length;

    /// <summary>The first object of a kind.</summary>
    public KubernetesObject First(string plural) => _kinds[plural].Make(0);

    /// <summary>Tells every watch that asked for it that an object is another now.</summary>
    public void Push(KubernetesObject item)
    {
        byte[] frame = FrameOf(item);
        string plural = ResourceDefinitions.Of(item.GetType()).Plural;
        lock (_lock)
        {
            _changes.Add((plural, item, frame));
            _watches.ForEach(watch => watch.Tell(plural, item, frame));
        }
    }

    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        string plural = request.RequestUri!.AbsolutePath.Split('/')[^1];
        NameValueCollection query = HttpUtility.ParseQueryString(request.RequestUri.Query);
        if (request.Method != HttpMethod.Get || ResourceDefinitions.All.All(definition => definition.Plural != plural))
        {
            throw new HttpRequestException($"{request.Method} {request.RequestUri}: a simulated site can only be listed and watched");
        }

        return Task.FromResult(Answer(query["watch"] == "true" ? Open(plural, FilterOf(query)) : new ByteArrayContent(List(plural, query))));
    }

    private static HttpResponseMessage Answer(HttpContent content)
    {
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return new HttpResponseMessage(HttpStatusCode.OK) { Content = content };
    }

    private StreamContent Open(string plural, Func<KubernetesObject, bool> filter)
    {
        var watch = new Watch(plural, filter, new SiteWatch());
        lock (_lock)
        {
            _watches.Add(watch);
            _changes.ForEach(change => watch.Tell(change.Plural, change.Item, change.Frame));
        }

        return new StreamContent(watch.Stream);
    }

    private byte[] List(string plural, NameValueCollection query)
    {
        _kinds.TryGetValue(plural, out Kind? kind);
        Func<KubernetesObject, bool> filter = FilterOf(query);
        int from = NumberOf(query["continue"]) ?? 0, count = kind?.Count ?? 0;
        int to = Math.Min(count, from + (NumberOf(query["limit"]) ?? count));
        var body = new ArrayBufferWriter<byte>(1 << 16);
        int items = 0;
        using (var writer = new Utf8JsonWriter(body))
        {
            ResourceDefinition definition = ResourceDefinitions.All.First(d => d.Plural == plural);
            writer.WriteStartObject();
            writer.WriteString("apiVersion", definition.ApiVersion);
            writer.WriteString("kind", definition.Kind + "List");
            writer.WriteStartObject("metadata");
            writer.WriteString("resourceVersion", Version);
            if (to < count)
            {
                writer.WriteString("continue", to.ToString(CultureInfo.InvariantCulture));
            }

            writer.WriteEndObject();
            writer.WriteStartArray("items");
            for (int i = from; i < to; i++)
            {
                KubernetesObject item = kind!.Make(i);
                if (filter(item))
                {
                    items++;
                    JsonSerializer.Serialize(writer, item, kind.Definition.TypeInfo);
                }
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        lock (_lock)
        {
            ListedKind before = _listed.GetValueOrDefault(plural);
            _listed[plural] = new ListedKind(before.Objects + items, before.Bytes + body.WrittenCount);
        }

        return body.WrittenSpan.ToArray();
    }

    private static int? NumberOf(string? text) => text is null ? null : int.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>What a label selector of one requirement asks for: agents have no other.</summary>
    private static Func<KubernetesObject, bool> FilterOf(NameValueCollection query)
    {
        if (query["fieldSelector"] is { } fields)
        {
            throw new HttpRequestException($"fieldSelector {fields}: a simulated site does not know it");
        }

        if (query["labelSelector"] is not { } selector)
        {
            return _ => true;
        }

        return selector.Split('=') is [var label, var value]
            ? item => item.Metadata.Labels?.GetValueOrDefault(label) == value
            : throw new HttpRequestException($"labelSelector {selector}: a simulated site only knows label=value");
    }

    private static byte[] FrameOf(KubernetesObject item)
    {
        using var frame = new MemoryStream();
        frame.Write("{\"type\":\"MODIFIED\",\"object\":"u8);
        JsonSerializer.Serialize(frame, item, ResourceDefinitions.Of(item.GetType()).TypeInfo);
        frame.Write("}\n"u8);
        return frame.ToArray();
    }

    private sealed record Kind(ResourceDefinition Definition, int Count, Func<int, KubernetesObject> Make);

    private sealed record Watch(string Plural, Func<KubernetesObject, bool> Filter, SiteWatch Stream)
    {
        public void Tell(string plural, KubernetesObject item, byte[] frame)
        {
            if (Plural == plural && Filter(item))
            {
                Stream.Send(frame);
            }
        }
    }
}
