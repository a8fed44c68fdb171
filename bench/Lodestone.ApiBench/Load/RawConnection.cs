using System.Buffers.Text;
using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Lodestone.ApiBench.Targets;

namespace Lodestone.ApiBench.Load;

/// <summary>One HTTP/1.1 connection over TLS that costs the client as little as can be: on two cores every microsecond of the client is one less for the server.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly Socket _socket;
    private readonly SslStream _stream;
    private readonly byte[] _headers;
    private byte[] _buffer = new byte[64 * 1024];
    private byte[] _request = new byte[4096];
    private int _start;
    private int _end;

    private RawConnection(Socket socket, SslStream stream, string headers)
    {
        _socket = socket;
        _stream = stream;
        _headers = Encoding.ASCII.GetBytes(headers);
    }

    /// <summary>Connects; the server's certificate must chain to the target's CA.</summary>
    public static async Task<RawConnection> OpenAsync(ApiAccess access)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(access.Server.Host, access.Server.Port);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = access.Server.Host,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ClientCertificates = access.ClientCertificate is { } certificate ? new X509CertificateCollection { certificate } : null,
            CertificateChainPolicy = access.ChainPolicy(),
        });
        string token = access.Token is { } bearer ? $"Authorization: Bearer {bearer}\r\n" : "";
        return new RawConnection(socket, stream, $"Host: {access.Server.Authority}\r\n{token}Accept: application/json\r\nUser-Agent: apibench\r\n");
    }

    /// <summary>Sends a request and reads the whole answer.</summary>
    /// <returns>Status code and length of the body.</returns>
    public async ValueTask<(int Code, long Length)> SendAsync(string method, string path, ReadOnlyMemory<byte> body = default, string contentType = "application/json", Func<ReadOnlyMemory<byte>, bool>? onBody = null)
    {
        await WriteAsync(method, path, body, contentType);
        (int code, long length) = await ReadHeadAsync();
        if (length >= 0)
        {
            long left = length;
            while (left > 0)
            {
                if (_start == _end)
                {
                    await FillAsync();
                }

                int take = (int)Math.Min(left, _end - _start);
                onBody?.Invoke(_buffer.AsMemory(_start, take));
                _start += take;
                left -= take;
            }

            return (code, length);
        }

        return (code, await ReadChunksAsync(onBody ?? (_ => true)));
    }

    /// <summary>Opens a watch: returns once the answer has begun; then <see cref="ReadChunksAsync"/> gives the frames.</summary>
    public async Task OpenWatchAsync(string path)
    {
        await WriteAsync("GET", path, default, "application/json");
        (int code, long length) = await ReadHeadAsync();
        if (code != 200 || length >= 0)
        {
            throw new InvalidOperationException($"watch {path}: HTTP {code.ToString(CultureInfo.InvariantCulture)}");
        }
    }

    /// <summary>Reads chunks until the last one, or until the consumer says false.</summary>
    /// <returns>The number of bytes in the chunks.</returns>
    public async Task<long> ReadChunksAsync(Func<ReadOnlyMemory<byte>, bool> onData)
    {
        long total = 0;
        while (true)
        {
            int newline;
            while ((newline = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n"u8)) < 0)
            {
                await FillAsync();
            }

            if (!Utf8Parser.TryParse(_buffer.AsSpan(_start, newline), out int size, out _, 'x'))
            {
                throw new InvalidDataException("a chunk without a size");
            }

            _start += newline + 2;
            total += size;
            int left = size + 2;
            while (left > 0)
            {
                if (_start == _end)
                {
                    await FillAsync();
                }

                int take = Math.Min(left, _end - _start);
                int data = Math.Min(take, left - 2);
                if (data > 0 && !onData(_buffer.AsMemory(_start, data)))
                {
                    return total;
                }

                _start += take;
                left -= take;
            }

            if (size == 0)
            {
                return total;
            }
        }
    }

    public void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
    }

    private async ValueTask WriteAsync(string method, string path, ReadOnlyMemory<byte> body, string contentType)
    {
        string line = body.Length > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{method} {path} HTTP/1.1\r\nContent-Type: {contentType}\r\nContent-Length: {body.Length}\r\n")
            : $"{method} {path} HTTP/1.1\r\n";
        int needed = line.Length + _headers.Length + 2 + body.Length;
        if (_request.Length < needed)
        {
            _request = new byte[needed * 2];
        }

        int at = Encoding.ASCII.GetBytes(line, _request);
        _headers.CopyTo(_request.AsSpan(at));
        at += _headers.Length;
        "\r\n"u8.CopyTo(_request.AsSpan(at));
        at += 2;
        body.Span.CopyTo(_request.AsSpan(at));
        await _stream.WriteAsync(_request.AsMemory(0, needed));
    }

    private async ValueTask<(int Code, long Length)> ReadHeadAsync()
    {
        int end;
        while ((end = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n\r\n"u8)) < 0)
        {
            await FillAsync();
        }

        ReadOnlySpan<byte> head = _buffer.AsSpan(_start, end + 2);
        _ = Utf8Parser.TryParse(head[9..], out int code, out _);
        long length = -1;
        int at;
        while ((at = head.IndexOf("\r\n"u8)) >= 0)
        {
            head = head[(at + 2)..];
            if (head.Length > 16 && Ascii.EqualsIgnoreCase(head[..15], "content-length:"u8))
            {
                _ = Utf8Parser.TryParse(head[15..].TrimStart((byte)' '), out length, out _);
                break;
            }
        }

        _start += end + 4;
        return (code, length);
    }

    private async ValueTask FillAsync()
    {
        if (_start == _end)
        {
            _start = _end = 0;
        }
        else if (_end == _buffer.Length)
        {
            byte[] target = _start == 0 ? new byte[_buffer.Length * 2] : _buffer;
            Buffer.BlockCopy(_buffer, _start, target, 0, _end - _start);
            _buffer = target;
            _end -= _start;
            _start = 0;
        }

        int read = await _stream.ReadAsync(_buffer.AsMemory(_end));
        if (read == 0)
        {
            throw new IOException("the server closed the connection");
        }

        _end += read;
    }
}
