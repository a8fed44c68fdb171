using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Lodestone.Api.Json;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;

namespace Lodestone.ControllerBench.Scenarios;

/// <summary>A watch's body out of memory: so many events, each of the next of some objects at the next version; then silence.</summary>
internal sealed class EventStream : Stream
{
    private const int Objects = 1000;
    private const int VersionDigits = 10;
    private const string VersionMark = "0000000000";
    private readonly byte[][] _frames = new byte[Objects][];
    private readonly int[] _versionAt = new int[Objects];
    private readonly int _events;
    private int _event;
    private int _offset;

    /// <param name="events">How many events.</param>
    /// <param name="padding">Bytes of annotation in each object, to make it as large as somebody else's.</param>
    public EventStream(int events, int padding)
    {
        _events = events;
        for (int i = 0; i < Objects; i++)
        {
            var nic = new NetworkInterface
            {
                ApiVersion = "networking.ironcore.dev/v1alpha1",
                Kind = "NetworkInterface",
                Metadata = new ObjectMeta
                {
                    Namespace = "default",
                    Name = $"nic-{i}",
                    Uid = new Guid(i, 0, 0, new byte[8]).ToString(),
                    ResourceVersion = VersionMark,
                    Labels = new Dictionary<string, string> { ["app"] = $"lb-{i / 10}", ["env"] = "prod", ["zone"] = $"z{i % 3}" },
                    Annotations = padding > 0 ? new Dictionary<string, string> { ["padding"] = new('x', padding) } : null,
                },
                Spec = new NetworkInterfaceSpec { ProviderID = $"lodestone://host-{i}/tap{i}", NetworkRef = new LocalObjectReference { Name = $"net-{i % 100}" }, IpFamilies = ["IPv4"] },
                Status = new NetworkInterfaceStatus { State = "Available", Ips = [$"10.0.{i >> 8}.{i & 255}"] },
            };
            string json = JsonSerializer.Serialize(nic, ApiJsonContext.Default.NetworkInterface);
            _frames[i] = Encoding.UTF8.GetBytes($$"""{"type":"MODIFIED","object":{{json}}}""" + "\n");
            _versionAt[i] = _frames[i].AsSpan().IndexOf(Encoding.UTF8.GetBytes($"\"{VersionMark}\"")) + 1;
        }
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Bytes of one event.</summary>
    public int FrameBytes => _frames[0].Length;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int written = 0;
        while (written < buffer.Length && _event < _events)
        {
            byte[] frame = _frames[_event % Objects];
            if (_offset == 0)
            {
                Span<byte> version = frame.AsSpan(_versionAt[_event % Objects], VersionDigits);
                Utf8Formatter.TryFormat(_event + 1, version, out _, new System.Buffers.StandardFormat('D', VersionDigits));
            }

            int count = Math.Min(buffer.Length - written, frame.Length - _offset);
            frame.AsSpan(_offset, count).CopyTo(buffer.Span[written..]);
            written += count;
            _offset += count;
            if (_offset == frame.Length)
            {
                (_event, _offset) = (_event + 1, 0);
            }
        }

        if (written == 0)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        return written;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
