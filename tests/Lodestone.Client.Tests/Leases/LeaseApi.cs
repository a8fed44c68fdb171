using System.Net;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Json;
using Lodestone.Client.Http;

namespace Lodestone.Client.Tests.Leases;

/// <summary>An API with one Lease, in memory: reads, writes by version, lists and watches. Everything else is answered with <c>{}</c> and counted.</summary>
internal sealed class LeaseApi : HttpMessageHandler
{
    private readonly Lock _lock = new();
    private readonly List<ChannelWriter<string>> _watchers = [];
    private Lease? _lease;
    private int _version = 100;
    private int _others;

    /// <summary>Called before each request reaches the API; an exception is the network's.</summary>
    internal Func<HttpRequestMessage, CancellationToken, Task>? Before { get; set; }

    /// <summary>Called when the API has done what was asked and before the answer is there.</summary>
    internal Func<HttpRequestMessage, CancellationToken, Task>? After { get; set; }

    /// <summary>Whether watches and lists are refused, as to somebody without the right to.</summary>
    internal bool RefusesWatches { get; init; }

    /// <summary>The body of the last write to the Lease, as it was sent.</summary>
    internal string LastBody { get; private set; } = "";

    /// <summary>Writes to anything but the Lease that arrived.</summary>
    internal int OtherWrites => Volatile.Read(ref _others);

    /// <summary>Watches that are open.</summary>
    internal int Watchers
    {
        get
        {
            lock (_lock)
            {
                return _watchers.Count;
            }
        }
    }

    internal Lease? Lease
    {
        get
        {
            lock (_lock)
            {
                return _lease;
            }
        }
    }

    internal LeaseSpec Spec => Lease!.Spec!;

    internal ApiClient Client(TimeProvider time) => new(this, new Uri("http://lease.test/"), null, time);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (Before is { } before)
        {
            await before(request, cancellationToken);
        }

        cancellationToken.ThrowIfCancellationRequested();
        byte[] body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        HttpResponseMessage response = Answer(request, body);
        if (After is { } after)
        {
            await after(request, cancellationToken);
        }

        return response;
    }

    private HttpResponseMessage Answer(HttpRequestMessage request, byte[] body)
    {
        string path = request.RequestUri!.AbsolutePath;
        lock (_lock)
        {
            if (!path.Contains("/leases", StringComparison.Ordinal))
            {
                _others += request.Method == HttpMethod.Get ? 0 : 1;
                return Json(HttpStatusCode.OK, "{}");
            }

            if (request.Method == HttpMethod.Get && path.EndsWith("/leases", StringComparison.Ordinal))
            {
                return RefusesWatches ? Refusal(HttpStatusCode.Forbidden, "Forbidden")
                    : request.RequestUri.Query.Contains("watch=true", StringComparison.Ordinal) ? WatchLocked()
                    : Json(HttpStatusCode.OK, $$"""{"kind":"LeaseList","apiVersion":"coordination.k8s.io/v1","metadata":{"resourceVersion":"{{_version}}"},"items":[{{(_lease is null ? "" : Text(_lease))}}]}""");
            }

            if (request.Method == HttpMethod.Get)
            {
                return _lease is null ? Refusal(HttpStatusCode.NotFound, "NotFound") : Json(HttpStatusCode.OK, Text(_lease));
            }

            LastBody = Encoding.UTF8.GetString(body);
            Lease written = JsonSerializer.Deserialize<Lease>(body, Options)!;
            if (request.Method == HttpMethod.Post ? _lease is not null : _lease is null || written.Metadata.ResourceVersion != _lease.Metadata.ResourceVersion)
            {
                return Refusal(_lease is null ? HttpStatusCode.NotFound : HttpStatusCode.Conflict, _lease is null ? "NotFound" : request.Method == HttpMethod.Post ? "AlreadyExists" : "Conflict");
            }

            WriteLocked(written);
            return Json(HttpStatusCode.OK, Text(written));
        }
    }

    private static JsonSerializerOptions Options => ApiJsonContext.Default.Options;

    /// <summary>Somebody else writes the Lease.</summary>
    internal void Write(string holder, int seconds)
    {
        lock (_lock)
        {
            Lease written = _lease is null
                ? new Lease { ApiVersion = "coordination.k8s.io/v1", Kind = "Lease", Metadata = new() { Namespace = "default", Name = "test" } }
                : JsonSerializer.Deserialize<Lease>(Text(_lease), Options)!;
            written.Spec = new LeaseSpec { HolderIdentity = holder, LeaseDurationSeconds = seconds, LeaseTransitions = written.Spec?.LeaseTransitions };
            WriteLocked(written);
        }
    }

    private void WriteLocked(Lease written)
    {
        string type = _lease is null ? "ADDED" : "MODIFIED";
        written.Metadata.ResourceVersion = $"{++_version}";
        _lease = written;
        foreach (ChannelWriter<string> watcher in _watchers)
        {
            watcher.TryWrite($$"""{"type":"{{type}}","object":{{Text(written)}}}""" + "\n");
        }
    }

    private HttpResponseMessage WatchLocked()
    {
        var events = Channel.CreateUnbounded<string>();
        _watchers.Add(events.Writer);
        return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(new EventStream(events.Reader)) };
    }

    private static string Text(Lease lease) => JsonSerializer.Serialize(lease, Options);

    private static HttpResponseMessage Json(HttpStatusCode code, string text) => new(code) { Content = new StringContent(text, Encoding.UTF8, "application/json") };

    private static HttpResponseMessage Refusal(HttpStatusCode code, string reason) =>
        Json(code, $$"""{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"refused","reason":"{{reason}}","code":{{(int)code}}}""");

    /// <summary>Gives out events as they come.</summary>
    private sealed class EventStream(ChannelReader<string> events) : Stream
    {
        private byte[] _rest = [];

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_rest.Length == 0)
            {
                _rest = Encoding.UTF8.GetBytes(await events.ReadAsync(cancellationToken));
            }

            int length = Math.Min(buffer.Length, _rest.Length);
            _rest.AsMemory(0, length).CopyTo(buffer);
            _rest = _rest[length..];
            return length;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
