using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Lodestone.Linux;
using Lodestone.Linux.Packets;

namespace Lodestone.Agent.Health;

/// <summary>Checks targets by the kernel's own TCP, UDP and IP.</summary>
/// <param name="open">Opens a socket whose packets reach a target: <see cref="ProbeSource.Open"/>.</param>
/// <param name="time">The clock.</param>
internal sealed class SocketProber(Func<HealthTarget, SocketType, Socket> open, TimeProvider time) : IProber
{
    /// <summary>"HTTP/1.1 200".</summary>
    private const int StatusLine = 12;

    /// <inheritdoc/>
    public async Task<ProbeResult> ProbeAsync(HealthTarget target, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(target.Spec.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        try
        {
            return target.Spec.Kind switch
            {
                ProbeKind.Udp => await AskAsync(target, either.Token),
                ProbeKind.Icmp => await PingAsync(target, either.Token),
                _ => await ConnectAsync(target, either.Token),
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return target.Spec is { Kind: ProbeKind.Udp, RequiresReply: false }
                ? ProbeResult.Success
                : ProbeResult.Failure($"no answer from {PlaceOf(target)} within {target.Spec.Timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s");
        }
        catch (SocketException e)
        {
            return IsOurs(e.SocketErrorCode)
                ? ProbeResult.Inconclusive($"{PlaceOf(target)} could not be asked: {TextOf(e, target)}")
                : ProbeResult.Failure($"{PlaceOf(target)}: {TextOf(e, target)}");
        }
        catch (LinuxException e)
        {
            return ProbeResult.Inconclusive($"{PlaceOf(target)} could not be asked: {e.Message}");
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            return ProbeResult.Failure($"{PlaceOf(target)}: {(e.InnerException is SocketException inner ? TextOf(inner, target) : e.InnerException?.Message ?? e.Message)}");
        }
    }

    /// <summary>What the kernel said. Where .NET has no name for it, and so no number, by asking the kernel again for a way to the target.</summary>
    private string TextOf(SocketException exception, HealthTarget target)
    {
        if (exception.SocketErrorCode != SocketError.SocketError)
        {
            return exception.Message;
        }

        try
        {
            using Socket again = open(target, SocketType.Dgram);
            return SocketCalls.TryConnect(again, new IPEndPoint(target.Vip, target.Spec.Port)) is > 0 and int error
                ? new LinuxException("find a way there", error).Message
                : "an error of a rare kind, which was gone when the kernel was asked for it";
        }
        catch (Exception e) when (e is SocketException or LinuxException)
        {
            return e.Message;
        }
    }

    /// <summary>Whether an error tells of this machine rather than of the target.</summary>
    private static bool IsOurs(SocketError error) => error is SocketError.NetworkUnreachable or SocketError.NetworkDown or SocketError.AddressNotAvailable
        or SocketError.AccessDenied or SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable or SocketError.InvalidArgument
        or SocketError.AddressAlreadyInUse or SocketError.OperationNotSupported or SocketError.AddressFamilyNotSupported or SocketError.SocketError;

    private async Task<ProbeResult> ConnectAsync(HealthTarget target, CancellationToken cancellationToken)
    {
        using Socket socket = open(target, SocketType.Stream);

        // Closing resets: nothing waits for packets of a connection that nobody wants any more, on either side.
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.NoDelay = true;
        await socket.ConnectAsync(new IPEndPoint(target.Vip, target.Spec.Port), cancellationToken);
        if (target.Spec.Kind == ProbeKind.Tcp)
        {
            return ProbeResult.Success;
        }

        await using var network = new NetworkStream(socket);
        if (target.Spec.Kind == ProbeKind.Http)
        {
            return await GetAsync(target, network, cancellationToken);
        }

#pragma warning disable CA5359 // The check is of whether the target answers, not of who it is: its certificate may name whatever clients know it by.
        await using var secure = new SslStream(network, leaveInnerStreamOpen: true, (_, _, _, _) => true);
#pragma warning restore CA5359
        await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = target.Spec.Host ?? "" }, cancellationToken);
        return await GetAsync(target, secure, cancellationToken);
    }

    private static async Task<ProbeResult> GetAsync(HealthTarget target, Stream stream, CancellationToken cancellationToken)
    {
        string vip = target.Key.IsIPv6 ? $"[{target.Vip}]" : target.Vip.ToString();
        await stream.WriteAsync(target.Spec.RequestTo(vip), cancellationToken);
        byte[] head = new byte[StatusLine];
        int length = await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken);
        string line = Encoding.ASCII.GetString(head, 0, length);
        if (length < StatusLine
            || !line.StartsWith("HTTP/1.", StringComparison.Ordinal)
            || !int.TryParse(line.AsSpan(9), NumberStyles.None, CultureInfo.InvariantCulture, out int status))
        {
            return ProbeResult.Failure($"{PlaceOf(target)} answers no HTTP/1.1");
        }

        foreach ((int from, int to) in target.Spec.Statuses)
        {
            if (status >= from && status <= to)
            {
                return ProbeResult.Success;
            }
        }

        return ProbeResult.Failure(string.Create(CultureInfo.InvariantCulture, $"{PlaceOf(target)} answers with status {status}"));
    }

    private async Task<ProbeResult> AskAsync(HealthTarget target, CancellationToken cancellationToken)
    {
        using Socket socket = open(target, SocketType.Dgram);
        await socket.ConnectAsync(new IPEndPoint(target.Vip, target.Spec.Port), cancellationToken);
        await socket.SendAsync(Encoding.UTF8.GetBytes(target.Spec.Payload), cancellationToken);

        // An answer, or an ICMP error as an exception.
        await socket.ReceiveAsync(new byte[1], cancellationToken);
        return ProbeResult.Success;
    }

    private async Task<ProbeResult> PingAsync(HealthTarget target, CancellationToken cancellationToken)
    {
        using Socket socket = open(target, SocketType.Raw);

        // So that it hears nobody else.
        await socket.ConnectAsync(new IPEndPoint(target.OwnAddress ?? target.Vip, 0), cancellationToken);
        var echo = EchoMessage.Create(target.Key.IsIPv6);
        await socket.SendToAsync(echo.Request, new IPEndPoint(target.Vip, 0), cancellationToken);
        byte[] heard = new byte[EchoMessage.MaxPacket];
        while (true)
        {
            int length = await socket.ReceiveAsync(heard, cancellationToken);
            if (echo.IsAnsweredBy(heard.AsSpan(0, length)))
            {
                return ProbeResult.Success;
            }
        }
    }

    private static string PlaceOf(HealthTarget target)
    {
        if (target.Spec.Kind == ProbeKind.Icmp)
        {
            return $"ICMP {target.Vip}";
        }

        string protocol = target.Spec.Kind switch
        {
            ProbeKind.Http => "HTTP",
            ProbeKind.Https => "HTTPS",
            ProbeKind.Udp => "UDP",
            _ => "TCP",
        };
        return $"{protocol} {new IPEndPoint(target.Vip, target.Spec.Port)}";
    }
}
