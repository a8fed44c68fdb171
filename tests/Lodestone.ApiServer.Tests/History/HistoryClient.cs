using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Lodestone.ApiServer.Tests.History;

/// <summary>Does random things to a few objects and writes down what it asked and what it was answered.</summary>
internal sealed class HistoryClient(HistoryServer server, int number, int seed)
{
    private const string Path = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
    private const int Keys = 6;
    private readonly Random _random = new(seed);
    private int _value;

    /// <summary>What was done so far.</summary>
    public List<Operation> Operations { get; } = [];

    /// <summary>Goes on until told to stop.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        await Task.Yield();
        while (!stopping.IsCancellationRequested)
        {
            await DoAsync();
        }
    }

    /// <summary>Lists, whatever the server is going through.</summary>
    public async Task<Operation> ListAsync()
    {
        while (true)
        {
            Operation list = await ListAsync(isPaged: false);
            if (list.Outcome == OperationOutcome.Done)
            {
                return list;
            }
        }
    }

    /// <summary>An object as the server tells it.</summary>
    public static ObservedObject Observe(JsonNode item)
    {
        JsonNode metadata = item["metadata"]!;
        return new ObservedObject((string)item["spec"]!["holderIdentity"]!, (string)metadata["uid"]!, Number((string)metadata["resourceVersion"]!));
    }

    private Task DoAsync()
    {
        string key = string.Create(CultureInfo.InvariantCulture, $"k{_random.Next(Keys)}");
        return _random.Next(100) switch
        {
            < 20 => CreateAsync(key),
            < 35 => ReplaceAsync(key),
            < 55 => PatchAsync(key),
            < 70 => DeleteAsync(key),
            < 88 => GetAsync(key),
            < 96 => ListAsync(isPaged: false),
            _ => ListAsync(isPaged: true),
        };
    }

    private async Task CreateAsync(string key)
    {
        string value = NewValue();
        await WriteAsync(OperationKind.Create, key, value, expected: 0, a => a.PostAsync(Path, Body(key, value, version: null)));
    }

    private async Task ReplaceAsync(string key)
    {
        if (await GetAsync(key) is not { } read)
        {
            return;
        }

        string value = NewValue();
        await WriteAsync(OperationKind.Update, key, value, read.Version, a => a.PutAsync($"{Path}/{key}", Body(key, value, read.Version)));
    }

    private async Task PatchAsync(string key)
    {
        string value = NewValue();
        await WriteAsync(OperationKind.Update, key, value, expected: 0, a => a.MergePatchAsync($"{Path}/{key}", $$$"""{"spec":{"holderIdentity":"{{{value}}}"} }"""));
    }

    private async Task DeleteAsync(string key)
    {
        (long start, long end, ApiAnswer? answer) = await SendAsync(a => a.DeleteAsync($"{Path}/{key}"));
        var operation = new Operation(OperationKind.Delete, key, start, end, OutcomeOf(answer, 200));
        Operations.Add(operation.Outcome == OperationOutcome.Done
            ? operation with { Object = new ObservedObject("", (string)answer!.Json["details"]!["uid"]!, 0) }
            : operation);
    }

    private async Task<ObservedObject?> GetAsync(string key)
    {
        (long start, long end, ApiAnswer? answer) = await SendAsync(a => a.GetAsync($"{Path}/{key}"));
        OperationOutcome outcome = OutcomeOf(answer, 200);
        ObservedObject? found = outcome == OperationOutcome.Done ? Observe(answer!.Json) : null;
        Operations.Add(new Operation(OperationKind.Get, key, start, end, outcome) { Object = found });
        return found;
    }

    private async Task<Operation> ListAsync(bool isPaged)
    {
        var items = new Dictionary<string, ObservedObject>(StringComparer.Ordinal);
        string query = isPaged ? "?limit=2" : "";
        long begin = Stopwatch.GetTimestamp();
        string? version = null;
        while (true)
        {
            (_, long end, ApiAnswer? answer) = await SendAsync(a => a.GetAsync(Path + query));
            if (answer is null)
            {
                var failed = new Operation(OperationKind.List, "", begin, end, OperationOutcome.Unknown);
                Operations.Add(failed);
                return failed;
            }

            JsonObject list = answer.Expect(200).Json;
            version ??= answer.ResourceVersion;
            Assert.Equal(version, answer.ResourceVersion);
            foreach (JsonNode? item in (JsonArray)list["items"]!)
            {
                items.Add((string)item!["metadata"]!["name"]!, Observe(item));
            }

            if ((string?)list["metadata"]!["continue"] is not { } token)
            {
                // All pages are of the first one's version: what they tell was so before that page was answered.
                var done = new Operation(OperationKind.List, "", begin, end, OperationOutcome.Done) { Version = Number(version), Items = items };
                Operations.Add(done);
                return done;
            }

            query = $"?limit=2&continue={token}";
        }
    }

    private async Task WriteAsync(OperationKind kind, string key, string value, long expected, Func<ApiClient, Task<ApiAnswer>> send)
    {
        (long start, long end, ApiAnswer? answer) = await SendAsync(send);
        if (answer is { Code: 201 })
        {
            // A replacement of a lease that is gone creates it, whatever version it was made from.
            (kind, expected) = (OperationKind.Create, 0);
        }

        OperationOutcome outcome = OutcomeOf(answer, kind == OperationKind.Create ? 201 : 200);
        Operations.Add(new Operation(kind, key, start, end, outcome)
        {
            Value = value,
            Expected = expected,
            Object = outcome == OperationOutcome.Done ? Observe(answer!.Json) : null,
        });
    }

    private async Task<(long Start, long End, ApiAnswer? Answer)> SendAsync(Func<ApiClient, Task<ApiAnswer>> send)
    {
        ApiClient client = await server.ClientAsync();
        long start = Stopwatch.GetTimestamp();
        try
        {
            ApiAnswer answer = await send(client);
            return (start, Stopwatch.GetTimestamp(), answer);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return (start, Stopwatch.GetTimestamp(), null);
        }
    }

    private static OperationOutcome OutcomeOf(ApiAnswer? answer, int expected) => answer switch
    {
        null => OperationOutcome.Unknown,
        { Code: 404 } => OperationOutcome.Absent,
        { Code: 409 } => answer.Reason == "AlreadyExists" ? OperationOutcome.Exists : OperationOutcome.Conflict,
        _ => answer.Expect(expected) is not null ? OperationOutcome.Done : OperationOutcome.Unknown,
    };

    private static string Body(string key, string value, long? version)
    {
        string fixedVersion = version is null ? "" : $",\"resourceVersion\":\"{version}\"";
        return $$$"""{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"{{{key}}}"{{{fixedVersion}}}},"spec":{"holderIdentity":"{{{value}}}"} }""";
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private string NewValue() => string.Create(CultureInfo.InvariantCulture, $"c{number}-{_value++}");
}
