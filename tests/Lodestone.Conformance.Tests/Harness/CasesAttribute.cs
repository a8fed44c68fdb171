using System.Runtime.CompilerServices;

namespace Lodestone.Conformance.Tests.Harness;

/// <summary>One behaviour of a Kubernetes API server, for several kinds or inputs.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CasesAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : TheoryAttribute(file, line);
